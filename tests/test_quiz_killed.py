"""A thousand kernels are killed while their students answer: no saved answer is lost, and the file stays whole."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

from lessonlib.quiz import bank, seal
from lessonlib.quiz.store import AnswerFile

ROUNDS, KERNELS = 250, 4

# Kernels are forked from one process, which costs milliseconds where starting Python a thousand times costs minutes.
# Four at a time answer in the same folder, each its own question, and say into a pipe which answer was saved last.
PROGRAM = """
    import os, random, signal, struct, sys, time
    from pathlib import Path
    from lessonlib.quiz.session import Session
    from lessonlib.quiz.store import AnswerFile

    folder, rounds, kernels = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])

    def answer(question, start, pipe):
        session, number = Session(folder / "quiz.json"), start
        while True:
            number += 1
            session.click(question, str(number), check=number % 2 == 0)
            if session.unsaved:
                os._exit(3)
            os.write(pipe, struct.pack("q", number))

    file, last, whole, killed = AnswerFile(folder, ""), {f"q{i}": 0 for i in range(kernels)}, 0, 0
    for round in range(rounds):
        running = []
        for question in last:
            reading, writing = os.pipe()
            process = os.fork()
            if process == 0:
                try:
                    answer(question, last[question], writing)
                finally:
                    os._exit(4)
            os.close(writing)
            running.append((question, process, reading))
        first = os.read(running[round % kernels][2], 8)  # one of them has saved something
        time.sleep(random.Random(round).uniform(0, 0.006))
        for _, process, _ in running:
            os.kill(process, signal.SIGKILL)
        for position, (question, process, reading) in enumerate(running):
            killed += os.WIFSIGNALED(os.waitpid(process, 0)[1])
            with open(reading, "rb") as pipe:
                said = (first if position == round % kernels else b"") + pipe.read()
            reported = struct.unpack(f"{len(said) // 8}q", said)
            record = file.read().get(question)  # raises when the file is not whole
            saved = int(record.value) if record else 0
            # What was said to be saved is there; what was just being written may be.
            assert saved in (max(reported, default=last[question]), max(reported, default=last[question]) + 1), (
                question, saved, reported)
            last[question] = saved
    print(killed, sum(last.values()))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only on systems that can fork and kill processes")
def test_a_thousand_killed_kernels_lose_no_saved_answer(tmp_path):
    questions = "".join(
        f"  - {{id: q{i}, kind: number, ask: How many, answer: 1, why: One., otherwise: Count.}}\n"
        for i in range(KERNELS)
    )
    (tmp_path / "quiz.yaml").write_text(f"title: t\nquestions:\n{questions}")
    (tmp_path / "quiz.json").write_text(json.dumps(seal.sealed(bank.read(tmp_path / "quiz.yaml"), "lesson")))
    environment = {name: value for name, value in os.environ.items() if name != "NBGRADER_EXECUTION"}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROGRAM), str(tmp_path), str(ROUNDS), str(KERNELS)],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    killed, answers = map(int, done.stdout.split())
    assert killed == ROUNDS * KERNELS == 1000
    assert answers > ROUNDS  # they did answer
    assert not list(tmp_path.glob("*.damaged-*"))
    # Some were killed in the middle of writing, as their unfinished files show.
    assert len(list(tmp_path.glob(".answers.json.*.new"))) > 20
    assert len(AnswerFile(tmp_path, "").read()) == KERNELS
