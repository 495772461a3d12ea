"""A Chromium for the tests in the browser: found, or installed where that is allowed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

VARIABLE = "LESSONLIB_CHROMIUM"  # where the tests read its path; who sets it chooses the browser
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)


def provide() -> str | None:
    """Return the path of a Chromium, or None when there is none and none can be installed."""
    path = find()
    if path:
        return path
    print("Installing a Chromium for the tests in the browser ...", flush=True)
    if _may_use_apt():
        apt = ["apt-get", "-qq", "-o", "Acquire::Retries=1"]
        _run([*apt, "update"])
        _run([*apt, "install", "--yes", "--no-install-recommends", "chromium"])
        if path := find():
            return path
    _run([sys.executable, "-m", "playwright", "install", "chromium"])
    path = find()
    if not path:
        print("None could be installed: the tests in the browser are left out.", flush=True)
    return path


def find() -> str | None:
    """Return the path of a Chromium that is there and starts, or None."""
    candidates = [os.environ.get(VARIABLE), *map(shutil.which, NAMES), *PLACES]
    for path in filter(None, candidates):
        if Path(path).is_file() and _starts(path):
            return path
    return _playwrights_own()


def _starts(path: str) -> bool:
    """Whether it is a browser: on Ubuntu `chromium-browser` may only be an advice to install one."""
    if os.name == "nt":  # where asking for the version opens a window
        return True
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() and _starts(path) else None


def _may_use_apt() -> bool:
    return os.name != "nt" and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _run(command: list[str]) -> None:
    """Run an installer. Whether it has worked is seen by looking for the browser again."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    silent = subprocess.DEVNULL
    subprocess.run(command, env=environment, stdin=silent, stdout=silent, stderr=silent)
