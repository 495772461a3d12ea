"""The commands of the course: `python -m lessonlib`.

Sets up the course's own Python environment where that is needed, and runs the command in it. Standard
library only, and no grammar newer than Python 3.7, so that an old Python can be told that it is too old.
"""

import importlib
import sys
from pathlib import Path

if not __package__:  # started as `python lessonlib`: what is imported from is then this folder, not the course's
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from lessonlib.environment import Environment
from lessonlib.installer import SetupError

USAGE = """\
usage: python -m lessonlib [--no-browser] [--port N]    open the course in JupyterLab
       python -m lessonlib submit <lesson>              look a lesson over and pack it for handing in
       python -m lessonlib test [pytest arguments]      test everything
       python -m lessonlib build [lesson ...]           make the notebooks from solutions/
       python -m lessonlib collect <lesson>             take what students sent, each for whom it comes from
       python -m lessonlib grade [lesson ...]           grade what students handed in
       python -m lessonlib report [lesson ...]          write what the class made of it
       python -m lessonlib benchmark                    compare the speed of training with a plain loop
       python -m lessonlib lock [--upgrade]             write the requirements files from pyproject.toml

The first start installs what is needed into the folder .venv and takes a minute or two."""

COMMANDS = ("submit", "test", "build", "collect", "grade", "report", "benchmark", "lock")


def main(arguments):
    """Run the command that `arguments` name; returns the exit code."""
    if "--help" in arguments[:1] or "-h" in arguments[:1]:
        print(USAGE)
        return 0
    if arguments and not arguments[0].startswith("-"):
        name, rest = arguments[0], arguments[1:]
        if name not in COMMANDS:
            text = "There is no command {!r}: the commands are {}."
            print(text.format(name, ", ".join(COMMANDS)), file=sys.stderr)
            return 2
    else:
        name, rest = "open", arguments
    environment = Environment(Path(__file__).resolve().parent.parent)
    level = "student" if name in ("open", "submit") else "maintainer"
    try:
        current = environment.is_current and environment.ready(level)
        if not current:
            environment.prepare(level)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    if not current:
        return environment.hand_over(arguments)
    command = importlib.import_module("lessonlib.course." + name)
    return command.main(rest)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("\nStopped. Start the same command again to go on.", file=sys.stderr)
        sys.exit(130)
