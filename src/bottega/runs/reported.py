"""What builds report beyond their own course is handed to the domains, in the very transaction that records it."""

from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.orm import Session

from bottega.runs.events import AnyEvent, ReportedTests, name
from bottega.runs.tables import Run

OnTests = Callable[[Session, Run, ReportedTests], None]
"""Must be quick, must not commit, and should never raise: the run could not go on. The stage is one of the run's."""

log = structlog.get_logger(__name__)


class ReportHooks:
    """Called for each report once, and again for one of a later attempt, which replaces the earlier."""

    def __init__(self) -> None:
        self._tests: list[OnTests] = []

    def add_tests(self, hook: OnTests) -> None:
        """Have ``hook`` called from now on."""
        self._tests.append(hook)

    def fire(self, session: Session, run: Run, events: Sequence[AnyEvent]) -> None:
        """Tell the hooks what is among ``events``, which are being stored. Agents are not believed about stages."""
        for event in events:
            if not isinstance(event, ReportedTests):
                continue
            if not any(step["key"] == event.stage for step in run.spec["steps"]):
                log.warning("report of an unknown stage", run_id=run.id, stage=name(event.stage))
                continue
            for hook in self._tests:
                hook(session, run, event)
