"""Parameters of a local build: from the command line, from files of private ones, and predefined."""

import os
import re
from datetime import datetime
from pathlib import Path

import msgspec

from bottega.build.parameters import BRANCH_PARAMETER, FORBIDDEN, NAME_PATTERN, PREDEFINED, check_value
from bottega.errors import Invalid
from bottega.local.errors import LocalError
from bottega.scm.working_tree import TreeFacts

SHORT_COMMIT = 8
_NAME = re.compile(NAME_PATTERN)
_MAX_FILE = 1024 * 1024


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """All values by name; those in ``private`` are masked in the log and only for scripts."""

    values: dict[str, str]
    private: frozenset[str]

    @property
    def public(self) -> dict[str, str]:
        """What may be shown."""
        return {name: value for name, value in self.values.items() if name not in self.private}


def gather(folder: Path, facts: TreeFacts, pairs: list[str], files: list[Path], now: datetime) -> Given:
    """Raises :class:`LocalError` naming the argument, or the file and line, that cannot be used."""
    values = {BRANCH_PARAMETER: facts.branch} if facts.branch else {}
    values |= {"JOB_NAME": folder.name, "INCREASENUM": "1", "BUILDNUMBER": f"{now:%Y%m%d}.1"}
    values |= {"TIMESTAMP": f"{now:%Y%m%d%H%M%S}"}
    if facts.commit:
        values |= {"COMMIT_ID": facts.commit, "COMMIT_ID_SHORTER": facts.commit[:SHORT_COMMIT]}
    private: set[str] = set()
    for file in files:
        for name, value in _read(file).items():
            values[name] = value
            private.add(name)
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise LocalError(f"--param {pair!r}: expected name=value")
        _check(name, value, f"--param {name}")
        values[name] = value
        private.discard(name)
    return Given(values=values, private=frozenset(private))


def _read(file: Path) -> dict[str, str]:
    """``NAME=VALUE`` a line; empty lines and those that begin with # are passed over."""
    try:
        if file.stat().st_size > _MAX_FILE:
            raise LocalError(f"--env-file {file}: is larger than {_MAX_FILE} bytes")
        lines = file.read_text("utf-8").splitlines()
    except OSError as error:
        raise LocalError(f"--env-file {file}: {os.strerror(error.errno or 0)}") from None
    except UnicodeDecodeError:
        raise LocalError(f"--env-file {file}: is not UTF-8") from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        name, equals, value = line.partition("=")
        name = name.strip()
        if not line.strip() or name.startswith("#"):
            continue
        # The line itself may hold a secret: it is not repeated.
        where = f"--env-file {file}: line {number}"
        if not equals:
            raise LocalError(f"{where}: expected NAME=VALUE")
        _check(name, value, where)
        found[name] = value
    return found


def _check(name: str, value: str, where: str) -> None:
    if not _NAME.fullmatch(name):
        raise LocalError(f"{where}: a name is 1 to 128 letters, digits or underscores")
    if name in FORBIDDEN:
        raise LocalError(f"{where}: the name is forbidden")
    if name in PREDEFINED:
        raise LocalError(f"{where}: the name is that of a predefined parameter")
    try:
        check_value(value, where)
    except Invalid as error:
        raise LocalError(str(error)) from None
