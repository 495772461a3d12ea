"""Messages between processes: four bytes of length, then that many bytes. Both sides of the sandbox use it."""

import os
import select
import struct
import time

HEAD = struct.Struct("!I")
TOO_LARGE = b"too large"  # in place of an answer: all was ended, for the memory that it held


class Broken(Exception):
    """The other side ended, was too slow, or sent more than it may. The message says which."""


def packed(data):
    """Return the bytes `data` as a message.

    >>> packed(b"abc")
    b'\\x00\\x00\\x00\\x03abc'
    """
    return HEAD.pack(len(data)) + data


def send(file, data, deadline):
    """Write the message `data` to the file descriptor before `deadline` (of time.monotonic).

    Raises Broken when the other side does not take it.
    """
    os.set_blocking(file, False)
    rest = memoryview(packed(data))
    while rest:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([], [file], [], left)[1]:
            raise Broken("too slow")
        try:
            rest = rest[os.write(file, rest[:65536]) :]
        except BlockingIOError:
            continue
        except OSError as error:
            raise Broken("ended") from error


def receive(file, deadline, limit, clock=time.monotonic):
    """Return the next message from the file descriptor. The deadline is one of `clock`.

    Raises Broken when it is larger than `limit` bytes, not there before `deadline`, or cut off.
    """
    size = HEAD.unpack(_exactly(file, HEAD.size, deadline, clock))[0]
    if size > limit:
        raise Broken("too much")
    return _exactly(file, size, deadline, clock)


def there(file, deadline, clock=time.monotonic):
    """Wait until there is something to receive, and tell whether there is before the deadline."""
    while (left := deadline - clock()) > 0:
        if select.select([file], [], [], left)[0]:
            return True
    return False


def _exactly(file, size, deadline, clock):
    os.set_blocking(file, False)
    parts, missing = [], size
    while missing:
        if not there(file, deadline, clock):
            raise Broken("too slow")
        try:
            part = os.read(file, min(missing, 1 << 16))
        except BlockingIOError:
            continue
        except OSError as error:
            raise Broken("ended") from error
        if not part:
            raise Broken("ended")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
