"""What the agent offers the control plane, and why it takes no runs for the moment."""

import shutil
from pathlib import Path

import structlog

from bottega import __version__
from bottega.agent.identity import host_arch, host_size
from bottega.agent.sandbox import Facilities
from bottega.agent.spool import boottime
from bottega.agent.tools.toolbox import Toolbox
from bottega.runs import disk
from bottega.runs.messages import Offer, OfferedTool
from bottega.settings import AgentSettings, RetentionSettings

TOOLS = ("git", "flock", "timeout", "getent")
"""What a checkout runs outside the sandbox."""
DRAINING = "it is draining, as it was told on its host"
TROUBLE_SECONDS = 30.0
"""How long an agent that could not start a run leaves the runs to others."""

log = structlog.get_logger(__name__)


class Offering:
    """Looks afresh each time: a disk gets room again, a tool gets installed, and the agent goes on by itself."""

    def __init__(
        self,
        folder: Path,
        retention: RetentionSettings,
        facilities: Facilities,
        slots: int,
        *,
        toolbox: Toolbox | None = None,
        settings: AgentSettings | None = None,
    ) -> None:
        self.facilities = facilities
        self.slots = slots
        self.settings = settings or AgentSettings()
        self.toolbox = toolbox or Toolbox(folder, self.settings, facilities)
        self.draining = False
        self._folder = folder
        self._retention = retention
        self._trouble = ("", 0.0)
        self._unfit = ""
        self._told = ""

    def offer(self) -> Offer:
        """What to report now."""
        tools = self.toolbox.tools
        return Offer(
            version=__version__,
            arch=host_arch(),
            slots=self.slots,
            sandbox=self.facilities.describe(),
            sandbox_level=str(self.facilities.level),
            notes=[*self.facilities.notes, *self._engine_notes()],
            refusing=self.refusal() or self._unfit,
            tools=None if tools is None else [OfferedTool(**tool.to_dict()) for tool in tools],
            image_match=self.settings.image_match,
            labels=self.settings.labels,
            draining=self.draining,
            size=host_size(),
        )

    def refusal(self) -> str:
        """Why this host must not be given a run now; empty while it may."""
        reason = (
            (DRAINING if self.draining else "")
            or self._missing_tools()
            or disk.shortage(self._folder, self._retention)
            or self._recent_trouble()
        )
        self._tell(reason)
        return reason

    def drain(self, draining: bool) -> None:
        """Take no new runs from now on, or take them again."""
        self.draining = draining

    def cannot_start(self, reason: str) -> None:
        """A run could not be started: for a while the next one would fare no better."""
        self._trouble = (reason, boottime() + TROUBLE_SECONDS)

    def unfit(self, reason: str) -> None:
        """The control plane leaves what waits to better agents; empty when it does not any more."""
        if reason and reason != self._unfit:
            log.warning("not fit for what waits", reason=reason)
        self._unfit = reason

    def _engine_notes(self) -> list[str]:
        engine = self.toolbox.engine
        return [f"no container images: {engine.missing}"] if engine is not None and engine.missing else []

    @staticmethod
    def _missing_tools() -> str:
        missing = [tool for tool in TOOLS if shutil.which(tool) is None]
        return f"{' and '.join(missing)} cannot be found on its PATH" if missing else ""

    def _recent_trouble(self) -> str:
        reason, until = self._trouble
        return reason if boottime() < until else ""

    def _tell(self, reason: str) -> None:
        """In the log once for each reason, not once for each look."""
        if reason and reason != self._told:
            log.warning("no new runs are taken", reason=reason)
        elif self._told and not reason:
            log.info("new runs are taken again")
        self._told = reason
