"""``bottega build`` from beginning to end."""

import contextlib
import datetime
import os
import platform
import sys
from pathlib import Path
from typing import Any

import msgspec

from bottega.agent.identity import host_arch
from bottega.agent.sandbox import Facilities, SandboxUnavailable, probe
from bottega.agent.spool import SpoolError
from bottega.build.actions.tools import wants_cache
from bottega.build.yaml import BuildFileError
from bottega.local import places, planning
from bottega.local.errors import LocalError
from bottega.local.following import Interruptions, carry_out
from bottega.local.parameters import Given, gather
from bottega.local.planning import Job
from bottega.local.screen import Screen
from bottega.local.spec import Place, document
from bottega.local.tools import Found, look
from bottega.scm import working_tree
from bottega.scm.working_tree import TreeFacts, WorkingTreeError

SUCCESS, FAILED, USAGE = 0, 1, 2
_SIGNALLED = 128


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed."""

    folder: Path
    file: Path | None
    params: list[str]
    env_files: list[Path]
    steps: list[str]
    artifacts: Path
    listing: bool
    keep: bool
    in_place: bool
    network: bool


def build(wishes: Wishes, screen: Screen) -> int:
    """The exit code: 0 success, 1 a failed build, 2 a mistake in the file or the arguments, 128 + N on signal N."""
    try:
        folder = _folder(wishes.folder)
        facts = working_tree.facts(folder)
        # The local time zone: these are parameters for people.
        now = datetime.datetime.now().astimezone()
        given = gather(folder, facts, wishes.params, wishes.env_files, now)
        jobs = planning.only(planning.plan(folder, wishes.file, given), wishes.steps)
        for warning in (one for job in jobs for one in job.plan.warnings):
            screen.say(f"warning: {warning}")
        if wishes.listing:
            _list(jobs, screen)
            return SUCCESS
        return _Building(wishes, folder, facts, given, screen).all(jobs)
    except BuildFileError as error:
        for problem in error.problems:
            screen.say(str(problem))
        return USAGE
    except LocalError as error:
        screen.say(str(error))
        return error.code
    except BrokenPipeError:
        # Nobody reads any more. What Python would still write at its end goes nowhere, too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (WorkingTreeError, SpoolError, SandboxUnavailable, OSError) as error:
        screen.say(str(error))
        return FAILED


def _folder(given: Path) -> Path:
    try:
        folder = given.resolve(strict=True)
    except (OSError, RuntimeError):
        raise LocalError(f"{given}: there is no such folder") from None
    if not folder.is_dir():
        raise LocalError(f"{given}: is not a folder")
    return folder


def _list(jobs: list[Job], screen: Screen) -> None:
    for job in jobs:
        margin = ""
        if job.name:
            after = f", after {', '.join(job.depends_on)}" if job.depends_on else ""
            screen.list(f"{job.name} ({job.plan.file}{after})")
            margin = "  "
        for step in job.plan.steps:
            screen.list(f"{margin}{step.action}: {step.name}")


class _Building:
    def __init__(self, wishes: Wishes, folder: Path, facts: TreeFacts, given: Given, screen: Screen) -> None:
        self._wishes = wishes
        self._folder = folder
        self._facts = facts
        self._given = given
        self._screen = screen
        self._artifacts = Path(os.path.abspath(wishes.artifacts))  # noqa: PTH100 - links stay what they are
        with contextlib.suppress(ValueError):
            # The folder's own name is resolved, so what lies in it has to be, too.
            below = self._artifacts.parent.resolve() / self._artifacts.name
            self._artifacts = folder / below.relative_to(folder)
        self._interruptions = Interruptions()

    def all(self, jobs: list[Job]) -> int:
        facilities = probe()
        names = b"\0".join(self._names())
        mirrors = places.mirrors()
        # From here on there is something to clear away.
        in_place = self._folder if self._wishes.in_place else None
        with (
            self._interruptions.counted(),
            places.working_folder(self._wishes.keep) as folder,
            places.build_user(facilities.own_uid, in_place) as uid,
        ):
            (folder / "listed").write_bytes(names)
            found = look(planning.all_steps(jobs), facilities, folder / "work")
            runner = _Runner(folder, facilities, uid, found)
            outcomes: dict[str, str] = {}
            for job in jobs:
                if self._interruptions.count:
                    break
                outcomes[job.name] = self._one(job, self._place(runner.next(), mirrors), runner, outcomes)
        if self._interruptions.count:
            return _SIGNALLED + self._interruptions.signal
        return SUCCESS if set(outcomes.values()) == {"success"} else FAILED

    def _names(self) -> list[bytes]:
        if self._wishes.in_place:
            return []
        found = working_tree.files(self._folder)
        with contextlib.suppress(ValueError):
            # What the last build left is no source of this one.
            artifacts = bytes(self._artifacts.relative_to(self._folder)) + b"/"
            found = [name for name in found if not name.startswith(artifacts)]
        return found

    def _place(self, work: Path, mirrors: Path) -> Place:
        return Place(
            folder=self._folder,
            workspace=self._folder if self._wishes.in_place else work / "workspace",
            mirrors=mirrors,
            artifacts=self._artifacts,
            notify=work.parent.parent / "notify",
            listed=None if self._wishes.in_place else work.parent.parent / "listed",
            remotes=self._facts.remotes,
        )

    def _one(self, job: Job, place: Place, runner: "_Runner", outcomes: dict[str, str]) -> str:
        wishes, screen = self._wishes, self._screen
        missing = [name for name in job.depends_on if outcomes.get(name) != "success"]
        if missing:
            screen.say(f"job {job.name}: skipped, because {missing[0]} did not succeed")
            return "skipped"
        if job.name:
            screen.say(f"job {job.name}: {job.plan.file}")
        self._warn(job)
        spec = document(
            job.name or self._folder.name,
            job.plan,
            self._given,
            place,
            facilities=runner.facilities,
            uid=runner.uid,
            network=wishes.network,
            found=runner.found,
        )
        report = runner.run(spec, self._interruptions, screen, keep=wishes.keep)
        self._tell(job, report)
        if wishes.keep and not wishes.in_place:
            screen.say(f"the workspace is kept: {place.workspace}")
        return report["outcome"]

    def _warn(self, job: Job) -> None:
        resource = job.plan.resource
        if resource.arch and resource.arch != host_arch():
            self._screen.say(
                f"warning: the file asks for {resource.arch}; this machine is {platform.machine()}"
            )
        if resource.pool:
            self._screen.say(
                f"warning: the file asks for the pool {resource.pool}; it is built on this machine"
            )
        if job.plan.caches:
            self._screen.say("warning: code caches have no effect in a local build")
        if any(wants_cache(step.action, step.all_inputs) for step in job.plan.steps):
            self._screen.say("warning: a local build keeps no dependency caches")

    def _tell(self, job: Job, report: dict[str, Any]) -> None:
        name = f"job {job.name}: " if job.name else ""
        self._screen.say(f"{name}{report['outcome']}: {report['reason']}")


class _Runner:
    """Runs the attempts of one command, one after the other, below ``folder``."""

    def __init__(self, folder: Path, facilities: Facilities, uid: int | None, found: Found) -> None:
        self.facilities = facilities
        self.found = found
        self.uid = uid
        self._folder = folder
        self._count = 0

    def next(self) -> Path:
        """Where the next attempt's folders will be."""
        self._count += 1
        return self._folder / "work" / str(self._count)

    def run(
        self, spec: dict[str, Any], interruptions: Interruptions, screen: Screen, *, keep: bool
    ) -> dict[str, Any]:
        return carry_out(self._folder, self._count, spec, interruptions, screen, keep=keep)
