"""What a submission may not ask of the kernel: a filter in front of all its calls. Linux only.

Namespaces and limits shut a submission away; the filter keeps it from the parts of the kernel by which people get
out of such places, and which no lesson needs. The program is one for the kernel's own small machine: it loads the
processor's kind and the number of the call, compares, and returns what is to be done.

    processor is another one      -> the process is ended: its calls have other numbers
    a call of REFUSED             -> EPERM
    clone with new namespaces     -> EPERM
    clone3                        -> ENOSYS, and the C library takes clone, whose flags a filter can read
    a socket of a strange family  -> EAFNOSUPPORT: some are not shut in by network namespaces
    everything else               -> allowed
"""

import ctypes
import errno
import os
import platform
import struct

X86, ARM = "x86_64", "aarch64"
PROCESSORS = {X86: 0xC000003E, ARM: 0xC00000B7}  # linux/audit.h

# name: (number on x86_64, on aarch64), from asm/unistd_64.h and asm-generic/unistd.h
REFUSED = {
    # other namespaces, other file systems
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "fanotify_init": (300, 262),
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "pidfd_getfd": (438, 438), "kcmp": (312, 272),
    # keys, programs in the kernel, its counters, other ways to call it
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "modify_ldt": (154, None),
    # the machine itself
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225),
    "acct": (163, 89), "syslog": (103, 116), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "lookup_dcookie": (212, 18), "settimeofday": (164, 170), "clock_settime": (227, 112), "iopl": (172, None),
    "ioperm": (173, None), "vhangup": (153, 58),
    # memory that belongs to no process, and so is not counted
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "msgget": (68, 186),
    # to let oneself be served last, and so wait without limit
    "setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118), "sched_setattr": (314, 274),
}  # fmt: skip
CLONE, CLONE3, SOCKET = (56, 220), (435, 435), (41, 198)
NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
FAMILIES = (1, 2, 10)  # of sockets: this machine's own, IPv4, IPv6

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, PROCESSOR, ARGUMENT = 0, 4, 16  # where they stand in the record that the kernel shows
ALLOW, END, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
OTHER_NUMBERS = 0x40000000  # x86_64 has a second set of numbers from here on, "x32"
SET_SECCOMP, FILTER, NO_NEW_PRIVILEGES = 22, 2, 38  # of prctl


class NoFilter(Exception):
    """The kernel takes no filter; the message says why."""


def program(machine):
    """Return the filter for a kind of processor, as the bytes that the kernel reads.

    Raises NoFilter for a processor whose numbers are not known here.
    """
    if machine not in PROCESSORS or struct.calcsize("P") != 8:
        raise NoFilter(f"no filter of system calls is known for {machine} processors; it is for 64-bit x86 and ARM")
    which = list(PROCESSORS).index(machine)
    lines = [(LOAD, 0, 0, PROCESSOR), (EQUAL, 1, 0, PROCESSORS[machine]), (RETURN, 0, 0, END), (LOAD, 0, 0, NUMBER)]
    if machine == X86:
        lines += _if(AT_LEAST, OTHER_NUMBERS, errno.ENOSYS)
    lines += _if(EQUAL, CLONE3[which], errno.ENOSYS)
    for numbers in REFUSED.values():
        if numbers[which] is not None:
            lines += _if(EQUAL, numbers[which], errno.EPERM)
    on_clone = [(LOAD, 0, 0, ARGUMENT), *_if(ANY_BIT, NAMESPACES, errno.EPERM), (RETURN, 0, 0, ALLOW)]
    lines += [(EQUAL, 0, len(on_clone), CLONE[which]), *on_clone]
    families = [(EQUAL, len(FAMILIES) - place, 0, family) for place, family in enumerate(FAMILIES)]
    on_socket = [(LOAD, 0, 0, ARGUMENT), *families, (RETURN, 0, 0, ERROR | errno.EAFNOSUPPORT)]
    lines += [(EQUAL, 0, len(on_socket), SOCKET[which]), *on_socket, (RETURN, 0, 0, ALLOW)]
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def _if(compare, value, error):
    """Two lines: where the comparison holds, the call fails with this error."""
    return [(compare, 0, 1, value), (RETURN, 0, 0, ERROR | error)]


def install():
    """Put the filter in front of this process and all that come from it, for good.

    Raises NoFilter where the kernel does not take it.
    """
    lines = program(platform.machine())
    kept = ctypes.create_string_buffer(lines, len(lines))
    pointer = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(lines) // 8, ctypes.addressof(kept)))
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(SET_SECCOMP, FILTER, pointer, 0, 0)
    if done != 0:
        raise NoFilter(f"the kernel takes no filter of system calls (seccomp): {os.strerror(ctypes.get_errno())}")


def try_out():
    """Install the filter in a fork, and raise NoFilter where that fails."""
    said, saying = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            install()
        except NoFilter as problem:
            os.write(saying, str(problem).encode())
        finally:
            os._exit(0)
    os.close(saying)
    with os.fdopen(said, "rb") as file:
        problem = file.read().decode()
    os.waitpid(child, 0)
    if problem:
        raise NoFilter(problem)
