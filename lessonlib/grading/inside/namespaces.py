"""Shut one submission into namespaces of its own, with limits and without any privilege. Linux only."""

import contextlib
import ctypes
import functools
import os
import resource
import signal
import socket
import sys
import time

from lessonlib.grading.inside import frames

NEW_USER, NEW_MOUNTS, NEW_PROCESSES = 0x10000000, 0x20000, 0x20000000
NEW_NETWORK, NEW_IPC, NEW_NAMES = 0x40000000, 0x8000000, 0x4000000
NO_SUID, NO_DEVICES, NO_EXECUTE, READ_ONLY = 2, 4, 8, 1
RECURSIVE_PRIVATE = 0x4000 | 0x40000
PARENT_DEATH, DUMPABLE, DROP_BOUND, NO_NEW_PRIVILEGES = 1, 4, 24, 38
CAPABILITY_VERSION = 0x20080522
END = 2  # seconds that what holds too much memory may take to end
WRITABLE = ("/work", "/scratch", "/dev/shm")  # each gets a fresh file system in memory

_libc = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None


def become(user):
    """Give up being root for good: from here on this process is `user` and has no capability."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    hide(False)  # or its own files in /proc would belong to root


def die_with_parent():
    """End this process when the one that forked it ends."""
    _call(_libc.prctl(PARENT_DEATH, signal.SIGKILL, 0, 0, 0), "prctl")


def hide(hidden=True):
    """Keep processes of the same user from looking into this one, or let them again. Linux knows how."""
    if sys.platform != "linux":
        return
    _call(_libc.prctl(DUMPABLE, int(not hidden), 0, 0, 0), "prctl")


def separate(limits, waited, commands):
    """Go into new namespaces; returns only in their first process, the others wait for it and exit.

    The one outside of them notes in `waited` how long those inside had to wait for a processor. When it ended them
    for their memory, it says so to the socket `commands`.

    Raises OSError when the system does not allow it.
    """
    user, group = os.getuid(), os.getgid()
    _call(_libc.unshare(NEW_USER | NEW_PROCESSES | NEW_NETWORK | NEW_IPC | NEW_NAMES), "unshare")
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    _write("/proc/self/gid_map", f"{group} {group} 1")
    child = os.fork()
    if child:
        if _watch(child, limits, waited):
            frames.send(commands, frames.TOO_LARGE, time.monotonic() + 60)
        os._exit(0)
    die_with_parent()
    _call(_libc.unshare(NEW_MOUNTS), "unshare")  # only here: the one outside goes on seeing all in its /proc
    _call(_libc.mount(None, b"/", None, RECURSIVE_PRIVATE, None), "mount /")
    for place in WRITABLE:
        _mount_memory(place, NO_SUID | NO_DEVICES, f"size={limits.disk},nr_inodes=20000,mode=700")
    # A fresh /proc is refused where the outer one is masked in part; an empty one hides all other processes.
    _mount_memory("/proc", NO_SUID | NO_DEVICES | NO_EXECUTE | READ_ONLY, "size=4k")
    for capability in range(64):
        if _libc.prctl(DROP_BOUND, capability, 0, 0, 0) < 0:
            break
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    _call(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")
    _call(_libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0), "prctl")


def limit(limits):
    """Set what each process may use. Set it inside the namespaces: processes are counted there."""
    for name, value in (
        ("RLIMIT_AS", limits.memory),
        ("RLIMIT_FSIZE", limits.file),
        ("RLIMIT_NOFILE", limits.files),
        ("RLIMIT_NPROC", limits.processes),
        ("RLIMIT_CORE", 0),
        ("RLIMIT_CPU", int(limits.wall)),
    ):
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def _watch(child, limits, waited):
    """Wait for the first process of a submission, and look at all its processes now and then.

    When they hold too much memory together, the first is told to end what runs; if that does not help, all is ended,
    and the answer is True.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    pause = 0.02
    while True:
        if os.waitpid(child, os.WNOHANG)[0]:
            return False
        signal.sigtimedwait({signal.SIGCHLD}, pause)
        pause = min(2 * pause, 0.25)
        if pause < 0.1:
            continue
        if _too_large(child, limits, waited):
            os.kill(child, signal.SIGUSR1)
            end = waited.clock() + END
            while (still := _too_large(child, limits, waited)) and waited.clock() < end:
                signal.sigtimedwait({signal.SIGCHLD}, 0.1)
            if still:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return True


def _too_large(first, limits, waited):
    """Tell whether a process and all that descend from it hold more than they may together.

    Memory that they share is divided among its holders. To find out how, the system looks at every page, which
    takes longer than most cells; so the sizes are added up as if nothing was shared, and only when that is too
    much is it done.
    """
    threads = tasks(first)
    waited.look(threads)
    family = {process for process, _ in threads}
    left = limits.resident - _sockets(family - {first}, limits.files) * _held_by_a_socket()
    return sum(map(_resident, family)) > left and sum(map(_own, family)) > left


def _sockets(family, most):
    """How many sockets these processes have open; `most` for each that hides them.

    What waits in a socket is memory of the kernel, and in the size of no process.
    """
    found, hidden = set(), 0
    for number in family:
        folder = f"/proc/{number}/fd"
        try:
            for name in os.listdir(folder):
                with contextlib.suppress(FileNotFoundError):  # closed by now
                    found.add(os.readlink(f"{folder}/{name}"))
        except PermissionError:
            hidden += most if _resident(number) else 0  # one that ended and is still known has none
        except OSError:  # it is gone
            continue
    return sum(link.startswith("socket:") for link in found) + hidden


@functools.cache
def _held_by_a_socket():
    """The bytes that can wait in one socket: the system gives no more, however much is asked for."""
    with socket.socket(socket.AF_UNIX) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30)
        return one.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)


def tasks(first):
    """(process, thread) of all threads of a process and of those that descend from it."""
    family, found = [first], []
    for number in family:
        try:
            for thread in os.listdir(f"/proc/{number}/task"):
                found.append((number, thread))
                with open(f"/proc/{number}/task/{thread}/children", encoding="ascii") as file:
                    family += map(int, file.read().split())
        except OSError:  # it is gone
            continue
    return found


def _own(number):
    """The bytes that a process holds, shared ones divided among their holders."""
    try:
        with open(f"/proc/{number}/smaps_rollup", encoding="ascii") as file:
            return sum(int(line.split()[1]) << 10 for line in file if line.startswith("Pss:"))
    except OSError:  # a process may hide itself; then all it does not share with a file counts as its own
        resident, shared = _sizes(number)
        return resident - shared


def _resident(number):
    """The bytes that a process holds, shared ones too."""
    return _sizes(number)[0]


def _sizes(number):
    """(bytes that a process holds, those of them that belong to files)"""
    try:
        with open(f"/proc/{number}/statm", encoding="ascii") as file:
            _, resident, shared, *_ = (int(pages) * resource.getpagesize() for pages in file.read().split())
        return resident, shared
    except OSError:
        return 0, 0


def _mount_memory(place, flags, options):
    done = _libc.mount(b"tmpfs", place.encode(), b"tmpfs", flags, options.encode())
    _call(done, f"mount {place}")


def _write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def _call(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
