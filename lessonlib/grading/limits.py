"""What one submission may use."""

from dataclasses import dataclass

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Seconds, bytes and counts. Every limit holds for one submission, whoever started the grading.

    `cell` and `notebook` are seconds of computing; three times as many may pass. `calls` are the seconds that the
    hidden cases of one exercise may take, `call` those of a single case; five times `calls` is for all exercises.
    None of these pass while a submission waits for a processor. `memory` is the address space of one process and
    `resident` what all its processes hold together.

    >>> Limits().processes
    48
    """

    cell: float = 60.0
    notebook: float = 180.0
    call: float = 20.0
    calls: float = 60.0
    memory: int = 3072 * MEGABYTE
    resident: int = 2048 * MEGABYTE
    processes: int = 48
    files: int = 256
    file: int = 32 * MEGABYTE
    disk: int = 64 * MEGABYTE
    cell_output: int = MEGABYTE
    output: int = 4 * MEGABYTE
    result: int = 16 * MEGABYTE

    @property
    def wall(self):
        """Seconds after which it is over by any clock. Before them it is by its own, unless it waits for processors."""
        return 4 * self.notebook + 6 * self.calls + 20
