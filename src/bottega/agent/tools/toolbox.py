"""What tools the agent offers: looked for in the background, once more whenever the host has changed."""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import structlog

from bottega.agent.containers.engine import NAME, Engine
from bottega.agent.containers.probing import TOO_SLOW
from bottega.agent.runner.environment import PATH
from bottega.agent.sandbox import Facilities
from bottega.agent.spool import write_atomically
from bottega.agent.tools.asking import ask, read_answer
from bottega.agent.tools.looking import JDK_FOLDERS, PROGRAMS
from bottega.agent.tools.tool import Tool
from bottega.awaiting import set_within
from bottega.settings import AgentSettings

LOOK_SECONDS = 60.0
"""Between two looks at whether anything was installed or removed."""
FIRST_LOOK_SECONDS = 2.0
"""How long the first look of all waits, for an agent has builds to take when it starts."""
ENDING_SECONDS = 5.0
CACHE = "tools.json"

log = structlog.get_logger(__name__)


class Toolbox:
    """``tools`` and ``engine`` are None until they are known: at the first start for a few seconds, later not at all.

    Declared tools come first, because an administrator who names one wants it used.
    """

    def __init__(self, folder: Path, settings: AgentSettings, facilities: Facilities) -> None:
        self._cache = folder / CACHE
        self._work = folder / "work"
        self._settings = settings
        self._facilities = facilities
        self._again = asyncio.Event()
        self._detected: list[Tool] | None = None
        self._known = asyncio.Event()
        self.engine: Engine | None = None
        self._seen = ""
        self._told: set[str] = set()

    @property
    def tools(self) -> list[Tool] | None:
        """All that there are now; what was declared is left out while its folder is missing."""
        if self._detected is None:
            return None
        declared = [
            Tool(one.name, one.version, one.path)
            for one in self._settings.tools
            if one.path in self.declared_paths()
        ]
        return [*declared, *self._detected]

    async def known(self, seconds: float) -> None:
        """Return when the tools are known, after ``seconds`` at the latest."""
        await set_within(seconds, self._known)

    def declared_paths(self) -> list[str]:
        """The folders of declared tools, which steps may read."""
        there = {one.path for one in self._settings.tools if os.path.isdir(one.path)}  # noqa: PTH112 - a text
        for one in self._settings.tools:
            if one.path not in there | self._told:
                self._told.add(one.path)
                log.warning("declared tool is not there", tool=one.name, path=one.path)
        return sorted(there)

    def look_again(self) -> None:
        """Look now, whether anything seems to have changed or not."""
        self._seen = ""
        self._cache.unlink(missing_ok=True)
        self._again.set()

    async def look_forever(self) -> None:
        """The loop."""
        while True:
            self._again.clear()
            try:
                await self._look()
            except Exception:
                # Builds can do without: they run with what they find.
                log.exception("tools cannot be looked for")
                self._detected = self._detected or []
                self._known.set()
            await self._wait_for(LOOK_SECONDS)

    async def _wait_for(self, seconds: float) -> None:
        """Return after ``seconds``, or when a look is asked for."""
        await set_within(seconds, self._again)

    async def _look(self) -> None:
        mark = await asyncio.to_thread(self._mark)
        if mark == self._seen:
            return
        cached = self._cached(mark)
        if cached is None:
            if self._detected is None:
                await self._wait_for(FIRST_LOOK_SECONDS)
            cached = await self._ask()
            if TOO_SLOW not in cached[1].missing:
                await asyncio.to_thread(self._remember, mark, *cached)
        found, self.engine = cached
        self._detected, self._seen = found, mark
        self._known.set()
        log.info("tools", found=[f"{tool.name} {tool.version}" for tool in found])
        if self.engine.missing:
            log.info("no container images", reason=self.engine.missing)

    def _mark(self) -> str:
        """Changes whenever a program, a JDK, the sandbox or the settings do."""
        digest = hashlib.sha256(repr((self._facilities, self._settings.tools, PROGRAMS)).encode())
        for path in _places():
            try:
                facts = os.stat(path)  # noqa: PTH116 - many of them
            except OSError:
                continue
            digest.update(f"{path} {facts.st_ino} {facts.st_mtime_ns} {facts.st_size}\n".encode())
        return digest.hexdigest()

    def _cached(self, mark: str) -> tuple[list[Tool], Engine] | None:
        try:
            known = json.loads(self._cache.read_bytes())
            return read_answer(known) if known["mark"] == mark else None
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def _remember(self, mark: str, found: list[Tool], engine: Engine) -> None:
        tools = [tool.to_dict() for tool in found]
        content = json.dumps({"mark": mark, "tools": tools, "engine": engine.to_dict()})
        try:
            write_atomically(str(self._cache), content.encode())
        except OSError as error:
            # A full disk costs a look at the next start, and nothing now.
            log.warning("tools cannot be remembered", error=repr(error))

    async def _ask(self) -> tuple[list[Tool], Engine]:
        """Let a process look; it ends, with all that it began, when this is cancelled. Raises what that may raise."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[tuple[list[Tool], Engine]] = loop.create_future()
        paths, folder = self.declared_paths(), str(self._work)
        child: Future[subprocess.Popen[bytes]] = Future()

        def tell(found: tuple[list[Tool], Engine], error: Exception | None) -> None:
            if not answer.done():
                answer.set_result(found) if error is None else answer.set_exception(error)

        def look() -> None:
            found: tuple[list[Tool], Engine] = [], Engine()
            failure: Exception | None = None
            try:
                found = ask(self._facilities, paths, folder, child.set_result)
            except Exception as error:
                failure = error
            if not loop.is_closed():
                loop.call_soon_threadsafe(tell, found, failure)

        # Not in the loop's pool of threads: the agent's end does not wait for it.
        threading.Thread(target=look, name="tools", daemon=True).start()
        try:
            return await answer
        except asyncio.CancelledError:
            await asyncio.to_thread(_end, child)
            raise


def _end(starting: "Future[subprocess.Popen[bytes]]") -> None:
    try:
        child = starting.result(ENDING_SECONDS)
        child.terminate()
        child.wait(ENDING_SECONDS)
    except (TimeoutError, subprocess.TimeoutExpired):
        # It ends with this process at the latest.
        log.warning("the look for tools does not end")


def _places() -> Iterator[str]:
    for program in ("java", NAME, *(program for program, _, _ in PROGRAMS.values())):
        if path := shutil.which(program, path=PATH):
            yield os.path.realpath(path)
    for folder in JDK_FOLDERS:
        yield folder
        yield from sorted(str(path / "release") for path in Path(folder).glob("*"))
