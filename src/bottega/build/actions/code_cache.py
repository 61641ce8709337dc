"""Code caches (``env.cache`` of build.yml): a folder of the workspace that the next build finds again."""

from __future__ import annotations

import hashlib
import time

from bottega.agent.runner.transfers import TransferError
from bottega.build.actions import inputs
from bottega.build.actions.cache_archives import said
from bottega.build.actions.caching import StepCache
from bottega.build.actions.inputs import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext

_PREFIX = "code_"
_DIGITS = 16
_EMPTY = 'cd || exit; [ -z "$(ls -A -- "$1" 2>/dev/null)" ]'


class CodeCache(StepCache):
    """Restored where the folder is not there or empty: what a checkout has brought is newer.

    It is known by folder, ``url`` and ``branch``, and stored once a day: its command brings it up to date in any case.
    """

    def __init__(self, ctx: StepContext, raw: Mapping[str, Any]) -> None:
        """``raw``: ``local_path``, ``url`` and ``branch`` as build.yml has them. Raises InputError."""
        names = [inputs.text(raw, name, "") for name in ("local_path", "url", "branch")]
        folder = names[0]
        if not folder.strip("/.") or folder.startswith("/") or ".." in folder.split("/"):
            raise InputError("local_path", "must be a folder below the workspace")
        digest = hashlib.sha256(repr(names).encode())
        super().__init__(ctx, f"{_PREFIX}{digest.hexdigest()[:_DIGITS]}")
        digest.update(time.strftime("%Y-%m-%d", time.gmtime()).encode())
        self._shown = f"code cache {folder}"
        self._another = ", which was left on another day"
        self._folder = "/".join(part for part in folder.split("/") if part not in ("", "."))
        self._key = digest.hexdigest()

    @property
    def _base(self) -> str:
        return self._ctx.sandbox_path("/workspace")

    def _place(self, folder: str) -> str:
        return f"{self._ctx.workspace}/{folder}"

    def restore(self) -> None:
        """Put what the server has where the command works."""
        ctx = self._ctx
        try:
            if self._in_sandbox(_EMPTY, self._folder) != 0:
                ctx.log("INFO", f"cache: {self._shown} is not used: the folder is not empty")
                return
            self._folders = (self._folder,)
            download = ctx.transfers.download("caches", {"tool": self._tool, "key": self._key})
            self._get(download)
        except (TransferError, OSError) as error:
            ctx.log("WARN", f"cache: not restored: {said(error)}")
