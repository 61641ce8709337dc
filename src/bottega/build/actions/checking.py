"""What the step ``check`` does: fetches its plan, scans in the sandbox without network, uploads, asks for the verdict.

The scan looks at code nobody trusts: it sees the workspace read-only where the sandbox can show it so, and what it
leaves is read as an open file that is no link. The server believes nothing of it.
"""

# pathlib's import costs a runner more than what is done here.
# ruff: noqa: PTH108, PTH123

from __future__ import annotations

import hashlib
import json
import os

from bottega.agent.runner.transfers import (
    CACHE_LIMIT_HEADER,
    SCAN,
    SCAN_BYTES,
    SCAN_HEADER,
    SCAN_STATE_HEADER,
    TransferError,
)
from bottega.build.actions.base import fail
from bottega.build.actions.cache_archives import receive, said
from bottega.build.actions.check_folder import BASE, CACHE, PLAN, RESULT, CheckFolder, Unusable
from bottega.build.actions.check_places import find_places
from bottega.scm.failures import ScmError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from bottega.agent.runner.context import StepContext
    from bottega.build.actions.check import CheckInputs

CACHE_TOOL = "check"
"""What dependency caches call the results of unchanged files."""
RUNNING = "running"
_PLAN_BYTES = 64 << 20
_CACHE_BYTES = 512 << 20
_VERDICT_BYTES = 1 << 20
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
_WITHOUT = "without:"
_ANY_KEY = "0" * 64
_FAILED = 1


class Checking:
    """One check of one workspace."""

    def __init__(self, ctx: StepContext, given: CheckInputs) -> None:
        self._ctx = ctx
        self._given = given
        self._scan = ""
        self._folder: CheckFolder
        self._base = ""
        self._cache_limit = 0

    def run(self) -> int:
        """The exit code of the step."""
        try:
            code = self._scanned()
            return self._verdict() if code == 0 else code
        except TransferError as error:
            return fail(self._ctx, f"the check cannot be done: {error}")

    def _scanned(self) -> int:
        """Scan and upload unless an earlier attempt has; 0 when the server has the result. Raises TransferError."""
        ctx = self._ctx
        plan = self._fetch_plan()
        if plan is None:
            ctx.log("INFO", "the result of an earlier attempt is with the server already")
            return 0
        try:
            self._narrow(plan)
            self._note_base(plan)
            places = find_places(ctx, sorted({choice["engine"] for choice in plan["choices"]}))
            self._prepare(plan)
            self._place_base()
            code = self._folder.scan(places, ctx.workspace, base=self._base)
        except (ScmError, OSError) as error:
            return self._give_up(said(error), _FAILED)
        if code != 0:
            return self._give_up(f"the scan ended with exit code {code}: {ctx.complaint()}", code)
        try:
            self._upload_result()
        except (Unusable, OSError) as error:
            return self._give_up(said(error), _FAILED)
        self._keep_cache()
        return 0

    def _fetch_plan(self) -> dict[str, Any] | None:
        download = self._ctx.transfers.download("check-plan", {"stage": self._ctx.stage})
        content = _content(download.pieces, _PLAN_BYTES)
        self._scan = download.facts.get(SCAN_HEADER.lower(), "")
        if download.facts.get(SCAN_STATE_HEADER.lower()) != RUNNING:
            return None
        plan: dict[str, Any] = json.loads(content)
        return plan

    def _narrow(self, plan: dict[str, Any]) -> None:
        """Put the files into the plan that are looked at when not all are. Raises ScmError."""
        if not self._given.since or self._given.since.startswith(_WITHOUT):
            return
        # Most checks look at everything and need not pay for git.
        from bottega.build.actions.check_changes import changed_files  # noqa: PLC0415

        ctx = self._ctx
        files = changed_files(ctx, self._given.url, self._given.since)
        if files is None:
            ctx.log("INFO", "the commit has no parent: everything is looked at")
            return
        plan["only"] = files
        what = "the newest commit" if self._given.since == "parent" else "the merge request"
        ctx.log("INFO", f"{len(files)} files were changed by {what}; others are not looked at")

    def _note_base(self, plan: dict[str, Any]) -> None:
        """Put into the plan since when lines count as changed, where that is to be told."""
        if not self._given.target:
            return
        from bottega.build.actions.check_changes import left_at  # noqa: PLC0415 - as above

        try:
            plan["base"] = left_at(self._ctx, self._given.url, self._given.target)
        except ScmError as error:
            self._ctx.log("WARN", f"which lines the merge request changes is not known: {said(error)}")

    def _prepare(self, plan: dict[str, Any]) -> None:
        """Make the folder that the scan shares with us. Raises OSError."""
        folder = self._folder = CheckFolder(self._ctx)
        folder.write(PLAN, json.dumps(plan).encode())
        self._fetch_cache(folder.file(CACHE))
        folder.hand_over()

    def _place_base(self) -> None:
        """Get the files whose findings are left out, if there are to be any. Raises ScmError."""
        since = self._given.since
        if not since.startswith(_WITHOUT):
            return
        from bottega.build.actions.check_changes import place_base  # noqa: PLC0415 - as above

        ctx, branch = self._ctx, since.removeprefix(_WITHOUT)
        folder = self._folder.shown(BASE)
        base = place_base(ctx, self._given.url, branch, folder, binds=[self._folder.bind])
        if base:
            self._base = folder
            ctx.log("INFO", f"what is in {branch or 'the commit before'} ({base}) too is left out")
        else:
            ctx.log("INFO", "the commit has no parent: nothing is left out")

    def _fetch_cache(self, path: str) -> None:
        """Results of files that have not changed since; a scan without them only takes longer."""
        ctx = self._ctx
        try:
            download = ctx.transfers.download("caches", {"tool": CACHE_TOOL, "key": _ANY_KEY})
            self._cache_limit = int(download.facts.get(CACHE_LIMIT_HEADER.lower(), "0"))
            with open(path, "xb") as file:
                size = receive(download, file, _CACHE_BYTES)
        except TransferError as error:
            ctx.log("WARN", f"results of earlier checks cannot be used: {error}")
            size = 0
        if size == 0:
            _remove(path)

    def _upload_result(self) -> None:
        """Raises TransferError, OSError, Unusable."""
        descriptor, size = self._folder.open(RESULT, SCAN_BYTES)
        try:
            self._ctx.transfers.upload(SCAN, {"scan": self._scan, "reason": ""}, descriptor, size)
        finally:
            os.close(descriptor)

    def _keep_cache(self) -> None:
        ctx = self._ctx
        try:
            descriptor, size = self._folder.open(CACHE, min(self._cache_limit, _CACHE_BYTES))
            try:
                key = hashlib.sha256(f"{ctx.attempt_name} {ctx.stage}".encode()).hexdigest()
                details = {"tool": CACHE_TOOL, "key": key, "unreadable": ""}
                ctx.transfers.upload("cache", details, descriptor, size)
            finally:
                os.close(descriptor)
        except (TransferError, OSError, Unusable) as error:
            ctx.log("INFO", f"nothing is kept for the next check: {said(error)}")

    def _verdict(self) -> int:
        """Wait until the server has stored the result, and say what it makes of it. Raises TransferError."""
        ctx = self._ctx
        pause = _FIRST_PAUSE
        while True:
            answer = ctx.transfers.download("check-verdict", {"scan": self._scan})
            verdict: dict[str, Any] = json.loads(_content(answer.pieces, _VERDICT_BYTES))
            if verdict["state"] not in {RUNNING, "storing"}:
                break
            ctx.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        if verdict["state"] != "success":
            return fail(self._ctx, verdict["reason"] or f"the check ended as {verdict['state']}")
        ctx.log("INFO", verdict["summary"])
        for line in verdict["gaps"]:
            ctx.log("WARN", line)
        if not verdict["faults"]:
            return 0
        stops = verdict["stops"] and self._given.fail_on_gate
        for fault in verdict["faults"]:
            ctx.log("ERROR" if stops else "WARN", f"quality gate: {fault}")
        return fail(ctx, f"the quality gate failed: {verdict['faults'][0]}") if stops else 0

    def _give_up(self, reason: str, code: int) -> int:
        """Tell the server that there will be no result, so that the task can be checked again."""
        ctx = self._ctx
        try:
            with open(os.devnull, "rb") as nothing:
                ctx.transfers.upload(SCAN, {"scan": self._scan, "reason": reason[:500]}, nothing.fileno(), 0)
        except TransferError as error:
            ctx.log("WARN", f"the server cannot be told: {error}")
        if code == _FAILED:
            return fail(self._ctx, reason)
        ctx.log("ERROR", reason)
        return code


def _content(pieces: Iterable[bytes], most: int) -> bytes:
    """All of a download. Raises TransferError."""
    parts: list[bytes] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            raise TransferError(f"the answer has more than {most} bytes")
        parts.append(piece)
    return b"".join(parts)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
