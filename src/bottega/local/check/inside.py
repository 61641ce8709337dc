"""The step of a local check: the scan of a server's check, with files of this machine in place of transfers."""

# pathlib's import costs a runner more than what is done here.
# ruff: noqa: PTH123

from __future__ import annotations

import os

from bottega.build.actions.base import Action, fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext
    from bottega.build.actions.check_folder import CheckFolder

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
        # The runners of builds need not pay for these.
        from bottega.build.actions.cache_archives import said  # noqa: PLC0415
        from bottega.build.actions.check_folder import Unusable  # noqa: PLC0415

        try:
            return _run(ctx)
        except (Unusable, OSError) as error:
            return fail(ctx, f"the check cannot be done: {said(error)}")


def _run(ctx: StepContext) -> int:
    from bottega.agent.sandbox import Bind  # noqa: PLC0415 - as above
    from bottega.build.actions.check_folder import (  # noqa: PLC0415
        CACHE,
        PLAN,
        RESULT,
        WORKSPACE,
        CheckFolder,
    )
    from bottega.build.actions.check_places import find_places  # noqa: PLC0415

    given = ctx.inputs
    places = find_places(ctx, [], {"binds": given["binds"], "env": given["env"]})
    folder = CheckFolder(ctx)
    folder.write(PLAN, _content(given["plan"]))
    if given["cache"] and os.path.exists(given["cache"]):  # noqa: PTH110
        folder.write(CACHE, _content(given["cache"]))
    folder.hand_over()
    base, binds = given["base"], []
    if base:
        inside = BASE_INSIDE if ctx.sandbox_path(WORKSPACE) == WORKSPACE else base
        binds, base = [Bind(base, inside)], inside
    source = given["folder"] or ctx.workspace
    code = folder.scan(places, source, base=base, binds=binds, cache=bool(given["cache"]))
    if code != 0:
        return fail(ctx, f"the scan ended with exit code {code}: {ctx.complaint()}", code)
    _keep(folder, RESULT, given["result"], RESULT_BYTES)
    if given["cache"] and os.path.lexists(folder.file(CACHE)):
        _keep(folder, CACHE, given["cache"], CACHE_BYTES)
    return 0


def _keep(folder: CheckFolder, name: str, target: str, most: int) -> None:
    descriptor, _ = folder.open(name, most)
    beside = f"{target}.new"
    with open(descriptor, "rb") as source, open(beside, "wb") as file:
        while piece := source.read(_CHUNK):
            file.write(piece)
    os.replace(beside, target)  # noqa: PTH105


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
