"""The choice of OpenBLAS's kernels: where it is made, and where it is left alone."""

import os
import subprocess
import sys

import pytest

from lessonlib import blas

FLAGS = "flags\t\t: fpu avx2 avx512f avx512dq avx512bw avx512vl\n"
CPUS = {
    "amd with avx512": ("vendor_id\t: AuthenticAMD\n" + FLAGS, True),
    "amd without": ("vendor_id\t: AuthenticAMD\nflags\t\t: fpu avx2\n", False),
    "intel": ("vendor_id\t: GenuineIntel\n" + FLAGS, False),
    "arm": ("processor\t: 0\nFeatures\t: fp asimd\n", False),
}


@pytest.mark.parametrize("cpu", CPUS)
def test_only_amd_with_avx512_gets_other_kernels(cpu, tmp_path):
    (tmp_path / "cpuinfo").write_text(CPUS[cpu][0])
    assert blas.has_unknown_avx512(tmp_path / "cpuinfo") is CPUS[cpu][1]
    assert blas.has_unknown_avx512(tmp_path / "none") is False


def variables(code, **environment):
    names = ("OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "LESSONLIB_BLAS")
    clean = {name: value for name, value in os.environ.items() if name not in names}
    code += "; import os; print(os.environ.get('OPENBLAS_NUM_THREADS'))"
    return subprocess.check_output([sys.executable, "-c", code], env=clean | environment, text=True).strip()


def test_it_is_left_alone_where_it_would_be_too_late_or_is_not_wanted():
    assert variables("import lessonlib") == "1"
    assert variables("import numpy, lessonlib") == "None"
    assert variables("import lessonlib", LESSONLIB_BLAS="0") == "None"
    assert variables("import lessonlib", OPENBLAS_NUM_THREADS="3") == "3"
    assert variables("import lessonlib", OMP_NUM_THREADS="1") == "None"


def test_a_process_begun_by_this_one_sees_that_the_choice_was_ours():
    """As the kernels that JupyterLab starts, where numpy may be imported first."""
    child = "import numpy; from lessonlib import blas; print(blas.is_ours())"
    parent = f"import subprocess, sys, lessonlib; print(subprocess.check_output([sys.executable, '-c', {child!r}]))"
    assert "True" in variables(parent)
    assert "False" in variables(parent, OPENBLAS_NUM_THREADS="3")
    assert "False" in variables(parent, LESSONLIB_BLAS="0")
