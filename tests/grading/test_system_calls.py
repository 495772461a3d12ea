"""What the kernel is not asked inside a job, on both kinds of processors; honest work does not notice."""

import errno
import json
import shutil
import struct

import pytest

from lessonlib.grading.inside import seccomp
from lessonlib.grading.pool import Pool
from lessonlib.grading.sandbox import NoSandbox

ASKS = """
import ctypes, errno, os, platform, socket
libc = ctypes.CDLL(None, use_errno=True)

def refused(name, result):
    print(name, "ALLOWED" if result >= 0 else errno.errorcode[ctypes.get_errno()])

child = os.fork()
if child == 0:
    import time
    time.sleep(30)
    os._exit(0)
NEW_USER, ARM = 0x10000000, platform.machine() == "aarch64"
refused("unshare", libc.unshare(NEW_USER))
clone = libc.syscall(220 if ARM else 56, NEW_USER | 17, None, None, None, None)
if clone == 0:
    os._exit(0)
refused("clone", clone)
arguments = (ctypes.c_uint64 * 11)(NEW_USER, 0, 0, 0, 17)
clone = libc.syscall(435, arguments, 88)
if clone == 0:
    os._exit(0)
refused("clone3", clone)
refused("ptrace", libc.ptrace(16, child, None, None))
one = ctypes.create_string_buffer(8)
vector = (ctypes.c_void_p * 2)(ctypes.addressof(one), 8)
refused("process_vm_readv", libc.process_vm_readv(child, vector, 1, vector, 1, 0))
refused("mount", libc.mount(b"tmpfs", b"/work", b"tmpfs", 0, None))
refused("keyctl", libc.syscall(219 if ARM else 250, 0, -3, 1))
refused("bpf", libc.syscall(280 if ARM else 321, 0, None, 0))
refused("io_uring_setup", libc.syscall(425, 1, (ctypes.c_char * 120)()))
refused("perf_event_open", libc.syscall(241 if ARM else 298, None, 0, -1, -1, 0))
refused("userfaultfd", libc.syscall(282 if ARM else 323, 1))
refused("memfd_create", libc.memfd_create(b"x", 0))
refused("shmget", libc.shmget(0, 1 << 20, 0o1600))
refused("msgget", libc.msgget(0, 0o1600))
refused("setpriority", libc.setpriority(0, 0, 19))
for family in (16, 17, 38, 40):
    refused(f"socket {family}", libc.socket(family, 2, 0))
os.kill(child, 9)
"""
EXPECTED = {
    **dict.fromkeys(
        "unshare clone ptrace process_vm_readv mount keyctl bpf io_uring_setup perf_event_open userfaultfd "
        "memfd_create shmget msgget setpriority".split(),
        "EPERM",
    ),
    "clone3": "ENOSYS",
    **{f"socket {family}": "EAFNOSUPPORT" for family in (16, 17, 38, 40)},
}
HONEST = """
import multiprocessing, os, socket, subprocess, sys, tempfile, threading
import numpy as np, matplotlib.pyplot as plt
print(round(float(np.linalg.eigvalsh(np.eye(50) * 3).sum())))
plt.plot(np.arange(9)); plt.show()
threads = [threading.Thread(target=np.linalg.inv, args=(np.eye(99),)) for _ in range(4)]
[one.start() for one in threads]; [one.join() for one in threads]
print(subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, text=True).stdout)
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(pool.map(abs, [-1, -2]))
with tempfile.TemporaryFile() as file:
    file.write(b"x")
a, b = socket.socketpair(); a.send(b"hello"); print(b.recv(9)); socket.socket().close()
"""


@pytest.fixture(scope="module")
def pool():
    made = Pool()
    yield made
    made.close()


def shown(pool, source):
    """The outputs of a cell that runs in the sandbox."""
    cells = [{"source": source, "place": 0, "witnesses": [], "apart": False}]
    _, first, *_ = pool.run({"cells": cells, "same": 0, "files": {}, "lesson": []}, {})
    (outputs,) = [json.loads(line)["outputs"] for line in first.splitlines() if b'"outputs"' in line]
    assert not [output for output in outputs if output["output_type"] == "error"], outputs
    return outputs


def test_a_job_may_not_ask_for_what_no_lesson_needs(pool):
    text = "".join(output["text"] for output in shown(pool, ASKS))
    assert dict(line.rsplit(" ", 1) for line in text.splitlines()) == EXPECTED


def test_honest_work_does_not_notice(pool):
    outputs = shown(pool, HONEST)
    assert [list(output["data"]) for output in outputs if "data" in output] == [["text/plain", "image/png"]]
    text = "".join(output.get("text", "") for output in outputs)
    assert text.split() == ["150", "42", "[1,", "2]", "b'hello'"]


def decided(machine, processor, number, argument=0):
    """What the kernel's machine makes of a call: the program carried out by hand."""
    record = struct.pack("<IIQQQQQQQ", number, processor, 0, argument, 0, 0, 0, 0, 0)
    lines = list(struct.iter_unpack("HBBI", seccomp.program(machine)))
    place = kept = 0
    while True:
        code, yes, no, value = lines[place]
        place += 1
        if code == seccomp.LOAD:
            (kept,) = struct.unpack_from("<I", record, value)
        elif code == seccomp.RETURN:
            return value
        else:
            holds = {seccomp.EQUAL: kept == value, seccomp.AT_LEAST: kept >= value, seccomp.ANY_BIT: kept & value}
            place += yes if holds[code] else no


@pytest.mark.parametrize("which, machine", list(enumerate(seccomp.PROCESSORS)))
def test_the_filter_decides_by_the_numbers_of_its_processor(which, machine):
    own = seccomp.PROCESSORS[machine]
    no = seccomp.ERROR | errno.EPERM
    for name, numbers in seccomp.REFUSED.items():
        if numbers[which] is not None:
            assert decided(machine, own, numbers[which]) == no, name
    assert decided(machine, own, seccomp.CLONE[which], 0x01200011) == seccomp.ALLOW  # fork
    assert decided(machine, own, seccomp.CLONE[which], 0x003D0F00) == seccomp.ALLOW  # a thread
    assert decided(machine, own, seccomp.CLONE[which], 0x10000011) == no
    assert decided(machine, own, seccomp.CLONE3[which]) == seccomp.ERROR | errno.ENOSYS
    assert decided(machine, own, seccomp.SOCKET[which], 2) == seccomp.ALLOW
    assert decided(machine, own, seccomp.SOCKET[which], 40) == seccomp.ERROR | errno.EAFNOSUPPORT
    write, execve = {"x86_64": (1, 59), "aarch64": (64, 221)}[machine]
    assert decided(machine, own, write) == decided(machine, own, execve) == seccomp.ALLOW
    other = next(processor for name, processor in seccomp.PROCESSORS.items() if name != machine)
    assert decided(machine, other, write) == decided(machine, 0x40000003, write) == seccomp.END
    if machine == seccomp.X86:
        assert decided(machine, own, seccomp.OTHER_NUMBERS + 272) == seccomp.ERROR | errno.ENOSYS


def test_without_a_filter_nothing_is_run(tmp_path, monkeypatch):
    real, setarch = shutil.which("bwrap"), shutil.which("setarch")
    if setarch is None:
        pytest.skip("only on machines with setarch, which tells programs of another processor")
    (tmp_path / "bwrap").write_text(f'#!/bin/sh\nexec {setarch} linux32 {real} "$@"\n')
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(NoSandbox, match="no filter of system calls is known for i686"):
        Pool().start()
