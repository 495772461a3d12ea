"""Files written only when their bytes change, and then in one step."""

import os
import tempfile


def write_if_changed(path, content):
    """Make `content` (bytes) the content of `path`; return whether anything had to be written.

    The new file takes the old one's place in one step: nobody ever reads half of it.
    """
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, new = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(new, 0o644)  # mkstemp makes files that only their owner may read
        os.replace(new, path)
    except BaseException:
        os.unlink(new)
        raise
    return True
