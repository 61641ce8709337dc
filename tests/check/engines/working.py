"""Having an engine look at a few files, without any of the orchestration around it."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from bottega.check.engines import ENGINES
from bottega.check.engines.base import Analysis, Completed, Job, Located, RuleFacts
from bottega.check.findings import RawFinding


def run(
    command: Sequence[str], *, folder: Path, stdin: bytes = b"", env: Mapping[str, str] | None = None
) -> Completed:
    """Run a command as scans do, but for their limits."""
    done = subprocess.run(
        command, cwd=folder, input=stdin, capture_output=True, env={**os.environ, **(env or {})}, check=False
    )
    return Completed(code=done.returncode, stdout=done.stdout, stderr=done.stderr)


def catalogue(engine: str) -> dict[str, RuleFacts]:
    """The rules of an engine by its own codes."""
    return dict(_catalogue(engine, _environment()))


def _environment() -> frozenset[tuple[str, str]]:
    return frozenset(one for one in os.environ.items() if one[0] != "PYTEST_CURRENT_TEST")


@cache
def _located(engine: str, _: frozenset[tuple[str, str]]) -> Located:
    # It is asked for its version, for which some start a virtual machine.
    return ENGINES[engine].locate()


@cache
def _catalogue(engine: str, environment: frozenset[tuple[str, str]]) -> dict[str, RuleFacts]:
    return {facts.code: facts for facts in ENGINES[engine].rules(_located(engine, environment))}


def analyse(
    engine: str,
    folder: Path,
    files: Mapping[str, str | bytes],
    *,
    rules: Mapping[str, Mapping[str, str]] | None = None,
    own_config: bool = False,
    beside: Mapping[str, str] | None = None,
) -> Analysis:
    """What it says of ``files``, with all its rules unless told otherwise; ``beside`` are more that lie around."""
    root = folder / "code"
    for name, text in [*files.items(), *(beside or {}).items()]:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    scratch = folder / "scratch"
    scratch.mkdir()
    return ENGINES[engine].analyse(
        Job(
            root=root,
            files=list(files),
            rules={code: {} for code in catalogue(engine)} if rules is None else rules,
            scratch=scratch,
            located=_located(engine, _environment()),
            run=run,
            own_config=own_config,
        )
    )


def found(analysis: Analysis) -> set[tuple[str, str, int]]:
    """Code, path and line of every finding."""
    return {(one.code, one.path, one.line) for one in analysis.findings}


def one(analysis: Analysis, code: str) -> RawFinding:
    """The only finding of a rule."""
    (it,) = [finding for finding in analysis.findings if finding.code == code]
    return it
