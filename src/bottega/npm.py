"""Installing what a lock file of npm pins, by digest, and running none of the packages' scripts."""

import json
import shutil
import subprocess
from pathlib import Path

LOCKED = ("package.json", "package-lock.json")
_INSTALL_SECONDS = 1800.0
_REACH_SECONDS = 15.0
"""A registry that says nothing for so long is out of reach; npm itself would wait for minutes."""


class NpmFailed(Exception):
    """Nothing was installed; the text says why, in one line."""


def install(pinned: Path, folder: Path) -> None:
    """Fill ``folder`` with what the two files in ``pinned`` say. Raises :class:`NpmFailed`."""
    npm = shutil.which("npm")
    if npm is None:
        raise NpmFailed("npm is not installed; it comes with Node.js")
    _reach(npm, pinned)
    folder.mkdir(parents=True, exist_ok=True)
    for name in LOCKED:
        shutil.copyfile(pinned / name, folder / name)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=_INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise NpmFailed(f"npm did not end within {_INSTALL_SECONDS:.0f} s") from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise NpmFailed(said[-1].strip() if said else f"npm ended with exit code {done.returncode}")


def _reach(npm: str, pinned: Path) -> None:
    first = min(json.loads((pinned / LOCKED[0]).read_bytes())["dependencies"])
    command = [npm, "view", first, "version", "--fetch-retries=0"]
    try:
        subprocess.run(command, capture_output=True, timeout=_REACH_SECONDS, check=True)
    except subprocess.SubprocessError:
        raise NpmFailed("the registry of npm is out of reach") from None
