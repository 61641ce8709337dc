"""Where the analysers are on this host: what a sandbox has to show the scan beside the workspace."""

# pathlib's import costs a runner more than what is done here.
# ruff: noqa: PTH100, PTH114, PTH115, PTH116, PTH118, PTH120

from __future__ import annotations

import json
import os
import subprocess
import sys

import bottega
from bottega.agent.sandbox import Bind
from bottega.build.actions.check_folder import WORKSPACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from bottega.agent.runner.context import StepContext

_SHOWN = ("/usr", "/bin", "/sbin", "/lib", "/lib64")
"""What every sandbox shows."""
_LOOK_SECONDS = 0.05


class Places:
    """``binds`` are the folders to be shown, ``env`` variables by which analysers are found."""

    __slots__ = ("binds", "env")

    def __init__(self, binds: Sequence[Bind], env: dict[str, str]) -> None:
        self.binds = binds
        self.env = env


def find_places(ctx: StepContext, engines: Sequence[str], told: Mapping[str, Any] | None = None) -> Places:
    """Python's own folders and those of the engines. Raises OSError where the scan could not find them.

    Engines are asked by a process of their own, unless what they say is ``told``: some take seconds to find their
    analyser, and the run may have to end.
    """
    if told is None:
        told = _ask(ctx, [sys.executable, "-I", "-m", "bottega.check.engines.places", *engines])
    source = os.path.dirname(os.path.dirname(os.path.abspath(bottega.__file__)))
    wanted = [sys.prefix, sys.base_prefix, source, *told.get("binds", ())]
    folders: list[str] = []
    for folder in sorted({os.path.abspath(one) for one in wanted}):
        if not _is_within(folder, (*_SHOWN, *folders)):
            folders.append(folder)
    if ctx.sandbox_path(WORKSPACE) == WORKSPACE:
        _require_sight(folders)
    else:
        for folder in folders:
            _require_passage(folder, ctx.uid)
    binds = [Bind(folder, folder) for folder in folders]
    binds += [
        Bind(target, link, is_link=True) for link, target in _links(sys.executable, (*_SHOWN, *folders))
    ]
    return Places(binds, dict(told.get("env", {})))


def _is_within(path: str, folders: Sequence[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def _links(path: str, shown: Sequence[str]) -> list[tuple[str, str]]:
    """The links from ``path`` to its file that lie outside of ``shown``, each with where it points to.

    A virtual environment's Python may point to a link in a folder of links, such as ``~/.local/bin/python3``.
    """
    links: list[tuple[str, str]] = []
    while os.path.islink(path):
        target = os.path.abspath(os.path.join(os.path.dirname(path), os.readlink(path)))
        if not _is_within(path, shown):
            links.append((path, target))
        path = target
    return links


def _ask(ctx: StepContext, command: list[str]) -> dict[str, Any]:
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/"
    )
    try:
        while process.poll() is None:
            ctx.wait(_LOOK_SECONDS)
        # A few folders: less than what a pipe holds.
        said = process.stdout.read() if process.stdout else b""
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
    return json.loads(said) if process.returncode == 0 else {}


def _require_sight(folders: Sequence[str]) -> None:
    for folder in folders:
        if _is_within(folder, (WORKSPACE,)):
            raise OSError(
                0,
                f"the sandbox shows the build's files as {WORKSPACE}, which hides {folder}, where the analysers are: "
                "install the agent elsewhere",
            )


def _require_passage(folder: str, uid: int | None) -> None:
    while uid is not None:
        status = os.stat(folder)
        if not status.st_mode & 0o001 and status.st_uid != uid:
            raise OSError(
                0,
                f"this host's sandbox cannot hide folders, and the build's user (uid {uid}) cannot pass through "
                f"{folder}, where the analysers are: it needs mode o+x",
            )
        if folder == "/":
            return
        folder = os.path.dirname(folder)
