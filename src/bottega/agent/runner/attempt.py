"""Everything that belongs to the attempt in progress, put together from its spool folder."""

from __future__ import annotations

from bottega.agent.runner.clock import use_time_zone
from bottega.agent.runner.control import Control
from bottega.agent.runner.environment import step_environment
from bottega.agent.runner.events import Events
from bottega.agent.runner.follow import Follower
from bottega.agent.runner.log import Log
from bottega.agent.runner.masking import Masker
from bottega.agent.runner.notifier import Notifier
from bottega.agent.runner.quota import Quota
from bottega.agent.runner.reserve import Reserve
from bottega.agent.runner.trouble import print_traceback
from bottega.agent.runner.workspace import in_place, prepare
from bottega.agent.sandbox import Bind, Sandbox, resource_environment
from bottega.agent.spool import LOG, RESERVE, boottime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from bottega.agent.runner.caches import Caches
    from bottega.agent.runner.containers import Containers
    from bottega.agent.runner.spec import Spec
    from bottega.agent.runner.transfers import Transfers
    from bottega.agent.spool import Spool


class Attempt:
    """The parts of a runner that steps work with. ``open_sandbox`` completes it."""

    def __init__(self, spool: Spool, spec: Spec) -> None:
        self.spool = spool
        self.spec = spec
        # Part of the names of control groups, which have their limit of length.
        self.name = f"{spec.run_id[-64:]}.{spec.attempt}"
        self.notifier = Notifier(spec.notify_socket)
        zone_known = use_time_zone(spec.time_zone)
        self.log = Log(spool.file(LOG), Masker(_needles(spec.all_secrets())), spec.log_limit)
        self.events = Events(spool, self.log, self.notifier)
        self.control = Control(spool, spec.timeout, spec.grace)
        self.environment: dict[str, str] = {}
        self.at_end: list[Callable[[], None]] = []
        self.transfers: Transfers | None = None
        self.caches: Caches | None = None
        self.containers: Containers | None = None
        self._reserve = Reserve(spool.file(RESERVE))
        self._started = boottime()
        if not zone_known:
            self.say("WARN", f"The time zone {spec.time_zone!r} is not known here; times are in UTC")

    def open_sandbox(self) -> list[str]:
        """Make the folders and the sandbox; returns what the owner should know about the parameters.

        Raises WorkspaceError, SandboxUnavailable, or ValueError when the spec contradicts the facilities.
        """
        spec = self.spec
        folders = (
            in_place(spec.workspace, spec.facilities) if spec.in_place else prepare(spec.workspace, spec.uid)
        )
        self.quota = Quota(folders, spec.workspace_bytes)
        self.follower = Follower(self.log, self.notifier, self.control, self.quota)
        self.sandbox = Sandbox(
            facilities=spec.facilities,
            workspace=spec.workspace,
            limits=spec.limits,
            uid=spec.uid,
            binds=[Bind(path, path) for path in spec.read_only_paths],
            name=self.name,
        )
        self.environment, refused = step_environment(
            parameters=spec.env,
            hints=resource_environment(spec.limits),
            home=self.sandbox.path("/home/build"),
            workspace=self.sandbox.path("/workspace"),
            tmp=self.sandbox.path("/tmp"),  # noqa: S108 - a path inside the sandbox
        )
        return refused

    def close_sandbox(self) -> tuple[bool, dict[str, float]]:
        """Kill all that is left; whether it is proven dead, and what the attempt used."""
        usage: dict[str, float] = {}
        dead = True
        try:
            if hasattr(self, "sandbox"):
                dead = False
                dead = self.sandbox.kill()
                usage = self.sandbox.usage()
                self.sandbox.close()
        except OSError:
            # The report of the run matters more than a control group that cannot be removed.
            print_traceback()
        return dead, {**usage, "wall_seconds": round(boottime() - self._started, 3)}

    def let_go(self, tag: str) -> None:
        """Give back what actions hold beyond the sandbox; a failure costs the run nothing. Raises LogError."""
        while self.at_end:
            try:
                self.at_end.pop()()
            except Exception:
                print_traceback()
                self.say("WARN", "Something the run held on the agent could not be given back", tag)

    def release_reserve(self) -> None:
        """The disk is full: give back what was kept for the report of it."""
        self._reserve.release()
        self.log.mend()

    def say(self, level: str, message: str, tag: str = "") -> None:
        """One line of the runner in the log. Raises LogError."""
        self.log.line(level, message, tag)
        self.notifier.soon(boottime())


def _needles(secrets: list[str]) -> set[bytes]:
    if not secrets:
        return set()
    # Most runs have no secret and need not pay for this import.
    from bottega.agent.runner.secret_forms import forms  # noqa: PLC0415

    return forms(secrets)
