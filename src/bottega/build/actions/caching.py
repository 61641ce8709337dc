"""Dependency caches of steps: got before the command, left after it. Whatever goes wrong with them, the build goes on.

Archives are packed and unpacked inside the sandbox, by the build's own user. The agent holds them as open files
without a name, and looks at no more of them than their first bytes.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time

from bottega.agent.runner.quota import sizes
from bottega.agent.runner.transfers import (
    CACHE_BUILD_HEADER,
    CACHE_ID_HEADER,
    CACHE_KEY_HEADER,
    CACHE_LIMIT_HEADER,
    TransferError,
)
from bottega.build.actions.cache_archives import Damaged, readable, receive, said
from bottega.build.actions.cache_folders import CACHE_FOLDERS
from bottega.build.actions.workspace_files import Patterns, WalkTooLong, find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

    from bottega.agent.runner.context import StepContext
    from bottega.agent.runner.transfers import Download

# The first argument is what unpacks, the others are folders.
_UNPACK = (
    'p=$1; shift; command -v tar >/dev/null && command -v "$p" >/dev/null || exit 127; '
    'cd && mkdir -p -- "$@" && exec tar -I "$p" -xf -'
)
# Standard input is open for writing too: the archive goes where the agent holds it, and has no name the build knows.
# The first argument is its largest size in units of 512 bytes, as sh counts.
_PACK = (
    'command -v tar >/dev/null || exit 127; n=$1; shift; (ulimit -f "$n") 2>/dev/null && ulimit -f "$n"; '
    'cd && mkdir -p -- "$@" || exit; p=gzip; if command -v zstd >/dev/null; then p=zstd; fi; '
    'exec tar -I "$p" -cf - -- "$@" >&0'
)
_EMPTY = 'cd || exit; for one; do chmod -R u+rwX -- "$one"; find "$one" -mindepth 1 -delete; done'
_UNPACKERS = {b"\x28\xb5\x2f\xfd": "zstd", b"\x1f\x8b": "gzip"}
_UNIT = 512
_NO_PROGRAM = 127
_HASHED_BYTES = 64 << 20
"""Of all files the key is made of; of what is beyond only the sizes count."""
_SHARE = 2
"""A cache may have this part of the disk of a build: one half, so that there is room for the build itself."""
_LOOK_EVERY = 1000
_INSTALLED = "node_modules/"


class StepCache:
    """The cache of one step: ``restore`` before its command, ``store`` when that has succeeded."""

    def __init__(self, ctx: StepContext, tool: str) -> None:
        self._ctx = ctx
        self._tool = tool
        self._shown = tool
        """What it is called in the log."""
        self._another = ", which was left for other dependencies"
        self._folders: tuple[str, ...] = ()
        self._key = ""

    @property
    def _base(self) -> str:
        """The folder that the cached ones are below, as the sandbox has it."""
        return self._ctx.env["HOME"]

    def _place(self, folder: str) -> str:
        """Where the agent finds a cached folder."""
        return self._ctx.caches.place(folder)

    def restore(self) -> None:
        """Put what the server has for this step where the tool looks for it."""
        ctx = self._ctx
        known = CACHE_FOLDERS.get(self._tool)
        if known is None:
            ctx.log("INFO", f"cache: where {self._tool} keeps its downloads is not known; nothing is kept")
            return
        try:
            self._key = _key(ctx, self._tool, known.folders, known.locks)
            fresh = [ctx.keep_in_home(folder) for folder in known.folders]
            self._folders = known.folders
            # If none is, a step before this one has got them, and may have added to them.
            if any(fresh):
                self._get(ctx.transfers.download("caches", {"tool": self._tool, "key": self._key}))
        except (TransferError, WalkTooLong, OSError) as error:
            ctx.log("WARN", f"cache: not restored: {said(error)}")

    def store(self) -> None:
        """Hand the folders to the server, unless it has this key, or could not be asked."""
        ctx = self._ctx
        if not self._folders or not ctx.caches.limit or self._key in ctx.caches.keys:
            return
        try:
            with tempfile.TemporaryFile(dir=ctx.beside_workspace) as file:
                if self._pack(file):
                    self._put(file)
        except (TransferError, OSError) as error:
            ctx.log("WARN", f"cache: not stored: {said(error)}")

    def _get(self, download: Download) -> None:
        ctx, facts = self._ctx, download.facts
        ctx.caches.limit = int(facts.get(CACHE_LIMIT_HEADER.lower(), "0"))
        cache_id, found = facts.get(CACHE_ID_HEADER.lower(), ""), facts.get(CACHE_KEY_HEADER.lower(), "")
        with tempfile.TemporaryFile(dir=ctx.beside_workspace) as file:
            try:
                size = receive(download, file, ctx.workspace_bytes // _SHARE)
            except Damaged:
                ctx.caches.unreadable[found] = cache_id
                raise
            if not cache_id:
                ctx.log("INFO", f"cache: nothing is kept for {self._shown} yet")
                return
            code = self._unpack(file)
        if code == 0:
            ctx.caches.keys.add(found)
            made = "" if found == self._key else self._another
            build = facts.get(CACHE_BUILD_HEADER.lower(), "")
            ctx.log("INFO", f"cache: {readable(size)} of build {build} restored for {self._shown}{made}")
            return
        self._in_sandbox(_EMPTY, *self._folders)
        if code == _NO_PROGRAM:
            ctx.caches.keys.add(found)
            ctx.log("WARN", "cache: not restored: this agent has not the programs that unpack it")
            return
        ctx.caches.unreadable[found] = cache_id
        ctx.log("WARN", f"cache: what was kept for {self._shown} cannot be unpacked; it begins empty")

    def _unpack(self, file: IO[bytes]) -> int:
        """The exit code of what unpacks the archive, or that of one that failed."""
        file.flush()
        head = os.pread(file.fileno(), 4, 0)
        # Not the file object's seek, which may stay within what it has in memory.
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        program = next((one for magic, one in _UNPACKERS.items() if head.startswith(magic)), None)
        return 1 if program is None else self._in_sandbox(_UNPACK, program, *self._folders, file=file)

    def _pack(self, file: IO[bytes]) -> bool:
        ctx = self._ctx
        limit = ctx.caches.limit
        if why := self._unfit(ctx.workspace_bytes // _SHARE):
            ctx.log("WARN", f"cache: not stored: {why}")
            return False
        code = self._in_sandbox(_PACK, str(limit // _UNIT + 1), *self._folders, file=file)
        if os.fstat(file.fileno()).st_size > limit:
            ctx.log("WARN", f"cache: not stored: it has more than {readable(limit)}")
            return False
        if code:
            ctx.log("WARN", f"cache: not stored: it cannot be packed (exit code {code})")
            return False
        return True

    def _unfit(self, most: int) -> str:
        """Why the folders are not kept as they are, or an empty text."""
        ctx = self._ctx
        total = 0
        places = [self._place(folder) for folder in self._folders]
        for place in places:
            # Where the sandbox has no view of its own, the build may have put a link there.
            if (
                os.path.realpath(place)
                != os.path.realpath(ctx.beside_workspace) + place[len(ctx.beside_workspace) :]
            ):
                return "its folder was replaced by a link"
        number = 0
        for number, size in enumerate(sizes(places), 1):
            if number % _LOOK_EVERY == 0:
                ctx.refuse_if_halted()
            total += size
            if total > most:
                return f"unpacked it has more than {readable(most)}, half of what a build may use"
        return "" if number else "nothing was downloaded"

    def _put(self, file: IO[bytes]) -> None:
        ctx = self._ctx
        size = os.fstat(file.fileno()).st_size
        unreadable = ctx.caches.unreadable.get(self._key, "")
        details = {"tool": self._tool, "key": self._key, "unreadable": unreadable}
        answer = ctx.transfers.upload("cache", details, file.fileno(), size)
        ctx.caches.keys.add(self._key)
        if answer.get("kept"):
            ctx.log("INFO", f"cache: {readable(size)} of {self._shown} stored for the next build")
        else:
            ctx.log("INFO", "cache: another build has stored the same meanwhile")

    def _in_sandbox(self, script: str, *arguments: str, file: IO[bytes] | None = None) -> int:
        # Not what parameters say: there are some that change what tar does.
        env = {name: value for name, value in self._ctx.env.items() if name in {"PATH", "LANG", "TMPDIR"}}
        # Where scripts go by "cd" alone.
        env["HOME"] = self._base
        return self._ctx.run(
            ["/bin/sh", "-c", script, "cache", *arguments],
            env=env,
            network=False,
            stdin=b"" if file is None else file.fileno(),
        )


def _key(ctx: StepContext, tool: str, folders: tuple[str, ...], locks: tuple[str, ...]) -> str:
    """64 hexadecimal digits that change with the files that name dependencies; without any, once a day.

    Raises WalkTooLong, OSError.
    """
    digest = hashlib.sha256(repr((tool, folders)).encode())
    left, count = _HASHED_BYTES, 0
    for file in find(ctx.workspace, Patterns(",".join(f"**/{name}" for name in locks)), ctx.refuse_if_halted):
        if _INSTALLED in file.path:
            continue
        count += 1
        content = file.read(left)
        left -= len(content)
        content_digest = hashlib.sha256(content).hexdigest()
        digest.update(repr((file.path, file.status.st_size, content_digest)).encode())
    if count == 0:
        digest.update(time.strftime("%Y-%m-%d", time.gmtime()).encode())
    return digest.hexdigest()
