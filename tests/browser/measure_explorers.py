"""How long an explorer takes from a key to the new picture on the screen, in a real JupyterLab, below a whole lesson.

    python -m tests.browser.measure_explorers

For each slider of each explorer: twenty moves by the arrow keys, up to its end, down to its start, and so on. Each is
timed in the page from the key to the second frame after the new picture stands there. A move goes to the kernel,
trains, draws, and comes back.
"""

import statistics
import tempfile
from itertools import islice

import nbformat

from lessonlib import explore
from lessonlib.course import chromium
from tests.browser.lab import ROOT, Browser, Lab

MOVES = 20
LESSON = ROOT / "notebooks/04-optimizers/04-optimizers.ipynb"
PICTURE = ".jp-OutputArea-output .widget-html-content"
TIME_ONE_MOVE = """
([picture, key]) => new Promise(done => {
  const target = [...document.querySelectorAll(picture)].at(-1);
  const start = performance.now();
  const observer = new MutationObserver(() => {
    observer.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
  });
  observer.observe(target, { childList: true, subtree: true });
  document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
})
"""


def walk(now: int, last: int):
    """Arrow keys that move a slider from place `now` up to its end, down to its start, and so on."""
    key = "ArrowRight"
    while True:
        key = {0: "ArrowRight", last: "ArrowLeft"}.get(now, key)
        now += 1 if key == "ArrowRight" else -1
        yield key


def measure(lab: Lab, browser: Browser, name: str) -> list[float]:
    """Milliseconds of every move of every slider, the first move of all first."""
    cell = nbformat.v4.new_code_cell(f"from lessonlib import explore\n\nexplore.{name}()")
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [*nbformat.read(LESSON, as_version=4).cells, cell]  # a browser takes longer where there is more to look at
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), lab.folder / f"{name}.ipynb")
    notebook = browser.open(lab, f"{name}.ipynb")
    notebook.run_cell(len(cells) - 1)
    page = notebook.page
    page.locator(PICTURE).last.wait_for()
    times = []
    for slider in page.get_by_role("slider").all():
        now, last = (int(float(slider.get_attribute(value))) for value in ("aria-valuenow", "aria-valuemax"))
        slider.focus()
        times += [page.evaluate(TIME_ONE_MOVE, [PICTURE, key]) for key in islice(walk(now, last), MOVES)]
    page.close()
    return times


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Lab(folder) as lab, Browser(chromium.find()) as browser:
        for name in [name for name in explore.__all__ if name.endswith("_explorer")]:
            times = measure(lab, browser, name)
            slow = statistics.quantiles(times, n=20)[-1]
            print(
                f"{name}: median {statistics.median(times):.0f} ms, 95 of 100 within {slow:.0f} ms, "
                f"first {times[0]:.0f} ms ({len(times)} moves)"
            )


if __name__ == "__main__":
    main()
