"""Make numpy's matrix products fast on CPUs that its OpenBLAS does not know; this runs before numpy is imported.

numpy's wheels bring their own OpenBLAS. On AMD processors newer than it, it falls back to kernels of 2013 that use
half of the processor's width. `OPENBLAS_CORETYPE=SKYLAKEX` names the kernels for AVX-512, which every processor
with that instruction set can run.

And it is given one thread: starting a second takes 50 ms of the first import; the small products of the lessons
gain nothing from it, and where somebody else holds the second processor, as on a server that students share, the
threads wait for each other and a fit takes several times as long. Large models try whether more help, see `threads`.

Nothing is changed where numpy has been imported already, where you have set the variable yourself, or with
LESSONLIB_BLAS=0 in the environment. The choice changes products in their last digits, and nothing else.
"""

import os
import sys


def choose_kernels(cpuinfo="/proc/cpuinfo"):
    """Set the two variables of OpenBLAS, if that helps here. Returns the names of those that were set."""
    if "numpy" in sys.modules or os.environ.get("LESSONLIB_BLAS") == "0":
        return []
    wanted = {} if "OMP_NUM_THREADS" in os.environ else {"OPENBLAS_NUM_THREADS": "1"}
    if has_unknown_avx512(cpuinfo):
        wanted["OPENBLAS_CORETYPE"] = "SKYLAKEX"
    chosen = [name for name in wanted if name not in os.environ]
    os.environ.update({name: wanted[name] for name in chosen})
    if "OPENBLAS_NUM_THREADS" in chosen:
        os.environ["LESSONLIB_BLAS"] = "1"  # which the kernels see that JupyterLab starts
    return chosen


def is_ours():
    """Whether this package has set the number of threads, here or in the process that started this one."""
    return os.environ.get("LESSONLIB_BLAS") == "1" == os.environ.get("OPENBLAS_NUM_THREADS")


def has_unknown_avx512(cpuinfo):
    """Whether this is an AMD processor with AVX-512; only Linux says so in a file."""
    vendor = flags = ""
    try:
        with open(cpuinfo, encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith("vendor_id"):
                    vendor = line
                elif line.startswith("flags"):
                    flags = line
                    break  # the other processors are like the first
    except OSError:
        return False
    return "AuthenticAMD" in vendor and {"avx512f", "avx512bw", "avx512vl", "avx512dq"} <= set(flags.split())
