"""Finding analysers on this machine: those from wheels lie beside our Python, others are on PATH."""

import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from bottega.check.engines.base import EngineMissing

_VERSION = re.compile(r"\d+(?:\.\d+)+")
VERSION_SECONDS = 60.0
"""How long an analyser may take to tell its version: some start a virtual machine for it."""


def wheel_program(name: str, install: str) -> str:
    """The path of a program that a wheel brought along, else of one on PATH. Raises :class:`EngineMissing`."""
    for folder in _beside_us():
        if found := shutil.which(name, path=folder):
            return found
    return path_program(name, install)


def path_program(name: str, install: str) -> str:
    """The path of a program on PATH. Raises :class:`EngineMissing`."""
    if found := shutil.which(name):
        return found
    raise EngineMissing(f"{name} is not installed; get it with: {install}")


def version_of(command: Sequence[str], at_least: tuple[int, ...] = (), *, package: str = "") -> str:
    """The version an analyser tells. Raises :class:`EngineMissing` for one that is too old or does not run.

    ``package`` is a wheel that has the version of its program. Where that has brought it along, nobody is asked: some
    take longer to answer than to look at a file.
    """
    name = Path(command[0]).name
    version = _installed(package) if package and str(Path(command[0]).parent) in _beside_us() else ""
    version = version or _told(command)
    if numbers(version) < at_least:
        wanted = ".".join(str(part) for part in at_least)
        raise EngineMissing(f"{name} is outdated: version {version}, at least {wanted} is needed")
    return version


def numbers(version: str) -> tuple[int, ...]:
    """A version in a form that can be compared; what comes after its numbers is left out."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in found.group().split(".")) if found else ()


def _beside_us() -> list[str]:
    """Where the wheels of our Python put their programs."""
    return list(dict.fromkeys([sysconfig.get_path("scripts"), str(Path(sys.executable).parent)]))


def _installed(package: str) -> str:
    # The name of its folder of records says it, in the form of the specification of wheels.
    pattern = f"{re.sub(r'[-_.]+', '_', package)}-*.dist-info"
    places = {sysconfig.get_path(scheme) for scheme in ("purelib", "platlib")}
    found = {records.stem.partition("-")[2] for place in places for records in Path(place).glob(pattern)}
    if len(found) == 1:
        return found.pop()
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - costs more than the rest of this

    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _told(command: Sequence[str]) -> str:
    name = Path(command[0]).name
    try:
        done = subprocess.run(command, capture_output=True, timeout=VERSION_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineMissing(f"{name} does not run: {error}") from None
    found = _VERSION.search(done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace"))
    if done.returncode != 0 or found is None:
        raise EngineMissing(f"{name} does not tell its version (exit code {done.returncode})")
    return found.group()
