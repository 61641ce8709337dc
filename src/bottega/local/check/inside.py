"""The step of a local check: the scan of a server's check, with files of this machine in place of transfers."""

# pathlib's import costs a runner more than what is done here.
# ruff: noqa: PTH105, PTH108, PTH123

from __future__ import annotations

import contextlib
import os
import shutil

from bottega.agent.sandbox import Bind
from bottega.build.actions.base import Action, fail
from bottega.build.actions.cache_archives import said
from bottega.build.actions.check_folder import (
    CACHE,
    PLAN,
    RESULT,
    WORKSPACE,
    CheckFolder,
    Unusable,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext

NAME = "local_check"
BASE_INSIDE = "/run/bottega/base"
RESULT_BYTES = CACHE_BYTES = 1 << 30
_CHUNK = 1 << 20


class LocalCheck(Action):
    """Scans ``folder``, or the workspace where that is empty, by the plan in the file ``plan``.

    ``result`` is the file that the result is put into; ``cache`` the one that is read and replaced, ``base`` the folder
    with the state whose findings are left out, each empty for none. ``binds`` and ``env`` are what the analysers need.
    """

    name = NAME
    title = "Code check"

    def check(self, raw: Mapping[str, Any]) -> None: ...

    def run(self, ctx: StepContext) -> int:
        try:
            return _run(ctx)
        except (Unusable, OSError) as error:
            return fail(ctx, f"the check cannot be done: {said(error)}")


def _run(ctx: StepContext) -> int:
    # The runners of builds need not pay for it.
    from bottega.build.actions.check_places import find_places  # noqa: PLC0415

    given = ctx.inputs
    places = find_places(ctx, [], {"binds": given["binds"], "env": given["env"]})
    folder = CheckFolder(ctx)
    folder.write(PLAN, _content(given["plan"]))
    cache = given["cache"]
    if cache:
        _fetch_cache(ctx, folder, cache)
    folder.hand_over()
    base, binds = given["base"], []
    if base:
        inside = BASE_INSIDE if ctx.sandbox_path(WORKSPACE) == WORKSPACE else base
        binds, base = [Bind(base, inside)], inside
    source = given["folder"] or ctx.workspace
    code = folder.scan(places, source, base=base, binds=binds, cache=bool(cache))
    if code != 0:
        return fail(ctx, f"the scan ended with exit code {code}: {ctx.complaint()}", code)
    _keep(folder, RESULT, given["result"], RESULT_BYTES)
    if cache:
        _keep_cache(ctx, folder, cache)
    return 0


def _fetch_cache(ctx: StepContext, folder: CheckFolder, path: str) -> None:
    """Results of files that have not changed since; a scan without them only takes longer."""
    try:
        folder.write(CACHE, _content(path))
    except FileNotFoundError:
        return
    except OSError as error:
        ctx.log("WARN", f"results of earlier checks cannot be used: {said(error)}")


def _keep_cache(ctx: StepContext, folder: CheckFolder, path: str) -> None:
    try:
        _keep(folder, CACHE, path, CACHE_BYTES)
    except (Unusable, OSError) as error:
        ctx.log("INFO", f"nothing is kept for the next check: {said(error)}")


def _keep(folder: CheckFolder, name: str, target: str, most: int) -> None:
    descriptor, _ = folder.open(name, most)
    # The same folder may be checked twice at a time.
    beside = f"{target}.{os.getpid()}"
    try:
        with open(descriptor, "rb") as source, open(beside, "wb") as file:
            shutil.copyfileobj(source, file, _CHUNK)
        os.replace(beside, target)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
