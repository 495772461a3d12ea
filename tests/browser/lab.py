"""Drive a real JupyterLab in a real Chromium: for tests, and for screenshots of lessons.

    from lessonlib.course import chromium

    with Lab(folder) as lab, Browser(chromium.find()) as browser:
        notebook = browser.open(lab, "lesson.ipynb", dark=True, width=900)
        notebook.run_all()
        notebook.page.screenshot(path="lesson.png")

Everything JupyterLab writes goes to a scratch folder; the server listens to this machine only.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
PATIENCE = 30_000  # milliseconds to wait for what happens in the page

# Written anew for every server, because JupyterLab remembers what an earlier one was told.
SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    "@jupyterlab/apputils-extension/themes": {"theme": "JupyterLab Light"},
    # All cells are in the page, also those out of sight.
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": False},
}


class Lab:
    """A JupyterLab that serves `folder`, started in the folder `cwd`. `stop()` and `start()` keep the address."""

    def __init__(self, folder: str | Path, cwd: str | Path | None = None):
        self.folder = Path(folder)
        self.cwd = cwd  # where nbgrader looks for its configuration
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._scratch = tempfile.TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True)
        self._process: subprocess.Popen | None = None

    def start(self) -> Lab:
        scratch = Path(self._scratch.name)
        for name, value in SETTINGS.items():
            file = scratch / "settings" / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(value))
        folders = {
            "HOME": "home",
            "IPYTHONDIR": "ipython",
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        }
        environment = {name: value for name, value in os.environ.items() if name != "NBGRADER_EXECUTION"}
        for variable, name in folders.items():
            (scratch / name).mkdir(exist_ok=True)
            environment[variable] = str(scratch / name)
        environment["PYTHONPATH"] = str(ROOT)
        # Kernels are started as `python`, and must be this one.
        environment["PATH"] = str(Path(sys.executable).parent) + os.pathsep + environment["PATH"]
        command = [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={self.port}"),
            "--allow-root",
            "--ServerApp.port_retries=0",  # otherwise another port is taken in silence
            f"--ServerApp.root_dir={self.folder}",
            "--IdentityProvider.token=",
            "--ServerApp.disable_check_xsrf=True",
            "--ServerApp.terminals_enabled=False",
            "--LabApp.expose_app_in_browser=True",
            f"--LabApp.app_settings_dir={ROOT / 'lessonlib/course/jupyter/settings'}",  # as the course opens it
        ]
        self.log = scratch / "lab.log"
        with open(self.log, "ab") as log:
            options = {"stdout": log, "stderr": log, "start_new_session": True}
            self._process = subprocess.Popen(command, env=environment, cwd=self.cwd, **options)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(OSError):
                self.api("status")
                return self
            time.sleep(0.2)
        self.stop()
        raise RuntimeError(f"JupyterLab did not start:\n{self.log.read_text()[-3000:]}")

    def stop(self) -> None:
        """Stop the server and its kernels."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def api(self, path: str):
        """Ask the server: `lab.api("kernels")`."""
        with urllib.request.urlopen(f"{self.url}/api/{path}", timeout=10) as response:
            return json.load(response)

    def __enter__(self) -> Lab:
        return self.start()

    def __exit__(self, *exception) -> None:
        self.stop()
        self._scratch.cleanup()


class Browser:
    """Chromium."""

    def __init__(self, executable: str):
        self._executable = executable
        self._contexts: dict[float, BrowserContext] = {}

    def __enter__(self) -> Browser:
        self._playwright = sync_playwright().start()
        self._chromium = self._playwright.chromium.launch(
            executable_path=self._executable,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
        )
        return self

    def __exit__(self, *exception) -> None:
        self._chromium.close()
        self._playwright.stop()

    def open(self, lab: Lab, path: str, *, dark=False, width=1280, height=1400, zoom=1.0) -> Notebook:
        """Open the notebook at `path` (from the lab's folder). `zoom` is the browser's, 2.0 for 200 %."""
        page = self.page(zoom)
        # What zooming does to a page: less room, and more pixels for each of its points.
        page.set_viewport_size({"width": round(width / zoom), "height": round(height / zoom)})
        page.emulate_media(color_scheme="dark" if dark else "light")
        notebook = Notebook(page, lab, path)
        notebook.load()
        # The server keeps the theme for all its pages, so it is set for each.
        notebook.theme("JupyterLab Dark" if dark else "JupyterLab Light")
        return notebook

    def page(self, zoom=1.0) -> Page:
        """An empty page, for what is no notebook."""
        if zoom not in self._contexts:  # one for many pages, so that JupyterLab is fetched and parsed once
            self._contexts[zoom] = self._chromium.new_context(device_scale_factor=zoom, reduced_motion="reduce")
        return self._contexts[zoom].new_page()

    def close_all(self) -> None:
        """Close every notebook that is open."""
        for context in self._contexts.values():
            for page in context.pages:
                page.close()


class Notebook:
    """A notebook open in JupyterLab. `page` is Playwright's page, for everything else."""

    def __init__(self, page: Page, lab: Lab, path: str):
        self.page, self.lab, self.path = page, lab, path
        self.errors: list[str] = []  # what JavaScript complained about
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.add_init_script(
            "Object.defineProperty(window, 'shownNotebook', { get: () => window.jupyterapp?.shell?.currentWidget })"
        )

    def load(self) -> None:
        """Open the notebook, or open it again as a reload of the browser's tab does."""
        # A workspace of its own, so that two pages of one server do not share their tabs.
        self.page.goto(f"{self.lab.url}/lab/workspaces/page-{id(self)}/tree/{self.path}?reset")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.page.wait_for_function(
            "() => shownNotebook?.context?.isReady && shownNotebook.sessionContext?.session?.kernel"
        )
        self.page.evaluate("() => { jupyterapp.shell.collapseLeft(); jupyterapp.shell.collapseRight() }")
        self.wait_idle()

    def command(self, name: str, **arguments) -> None:
        """Execute a command of JupyterLab, as its menus do."""
        self.page.evaluate(
            "([name, arguments]) => jupyterapp.commands.execute(name, arguments).then(() => null)",
            [name, arguments],
        )

    def theme(self, name: str) -> None:
        """Change to the theme "JupyterLab Light" or "JupyterLab Dark"."""
        if self.page.get_attribute("body", "data-jp-theme-name") == name:
            return
        self.command("apputils:change-theme", theme=name)
        self.page.wait_for_selector(f'body[data-jp-theme-name="{name}"]', state="attached")

    def run_all(self) -> None:
        """Run All Cells, and wait for the end."""
        self.command("notebook:run-all-cells")
        self.wait_idle()

    def run_cell(self, index: int) -> None:
        """Run one cell, and wait for the end."""
        self.page.evaluate("index => { shownNotebook.content.activeCellIndex = index }", index)
        self.command("notebook:run-cell")
        self.wait_idle()

    def wait_idle(self) -> None:
        """Wait until the kernel has nothing to do."""
        self.page.wait_for_function("() => shownNotebook.sessionContext.kernelDisplayStatus === 'idle'")

    def restart_kernel(self) -> None:
        """Restart the kernel: its memory is gone, the outputs stay."""
        self.page.evaluate("() => shownNotebook.sessionContext.session.kernel.restart()")
        self.wait_idle()

    def shut_down_kernel(self) -> None:
        """End the kernel for good."""
        self.page.evaluate("() => shownNotebook.sessionContext.shutdown()")

    def execute(self, code: str) -> None:
        """Run code in the notebook's kernel without waiting for it."""
        self.page.evaluate("code => { shownNotebook.sessionContext.session.kernel.requestExecute({ code }) }", code)

    def save(self) -> None:
        """Save the notebook."""
        self.command("docmanager:save")
        self.page.wait_for_function("() => !shownNotebook.context.model.dirty")

    def set_source(self, index: int, source: str) -> None:
        """Write into a cell."""
        self.page.evaluate(
            "([index, source]) => shownNotebook.content.widgets[index].model.sharedModel.setSource(source)",
            [index, source],
        )

    def output(self, index: int) -> str:
        """The visible text under a cell."""
        return self.page.locator(".jp-Cell").nth(index).locator(".jp-Cell-outputArea").inner_text()

    @property
    def active_cell(self) -> int:
        """The place of the cell the notebook's own keys act on."""
        return self.page.evaluate("() => shownNotebook.content.activeCellIndex")

    @property
    def cell_count(self) -> int:
        """How many cells the notebook has."""
        return self.page.evaluate("() => shownNotebook.content.widgets.length")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
