"""What builds report beyond their own course is handed to the domains, in the very transaction that records it."""

from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.orm import Session

from bottega.runs.events import AnyEvent, ReportedCoverage, ReportedTests, Source, name
from bottega.runs.tables import Run

OnTests = Callable[[Session, Run, ReportedTests], None]
"""Must be quick, must not commit, and should never raise: the run could not go on. The stage is one of the run's."""
OnCoverage = Callable[[Session, Run, ReportedCoverage], None]
"""The same."""
OnAgain = Callable[[Session, Run], None]
"""The run begins anew: what its earlier attempts reported is void, as are their stages."""

OnSource = Callable[[Session, Run], None]
"""As above. The run's row in the database says by then which commit it is; ``Run`` is as it was before."""

log = structlog.get_logger(__name__)


class ReportHooks:
    """Called for each report once, and again for one of a later attempt, which replaces the earlier."""

    def __init__(self) -> None:
        self._tests: list[OnTests] = []
        self._coverage: list[OnCoverage] = []
        self._again: list[OnAgain] = []
        self._sources: list[OnSource] = []

    def add_tests(self, hook: OnTests) -> None:
        """Have ``hook`` called from now on."""
        self._tests.append(hook)

    def add_coverage(self, hook: OnCoverage) -> None:
        """Have ``hook`` called from now on."""
        self._coverage.append(hook)

    def add_again(self, hook: OnAgain) -> None:
        """Have ``hook`` called from now on."""
        self._again.append(hook)

    def add_sources(self, hook: OnSource) -> None:
        """Have ``hook`` called from now on whenever it is known which commit a run builds."""
        self._sources.append(hook)

    def fire(self, session: Session, run: Run, events: Sequence[AnyEvent]) -> None:
        """Tell the hooks what is among ``events``, which are being stored. Agents are not believed about stages."""
        if any(isinstance(event, Source) for event in events):
            self.fire_source(session, run)
        for event in events:
            if not isinstance(event, ReportedTests | ReportedCoverage):
                continue
            if not any(step["key"] == event.stage for step in run.spec["steps"]):
                log.warning("report of an unknown stage", run_id=run.id, stage=name(event.stage))
            elif isinstance(event, ReportedTests):
                for hook in self._tests:
                    hook(session, run, event)
            else:
                for hook in self._coverage:
                    hook(session, run, event)

    def fire_source(self, session: Session, run: Run) -> None:
        """Tell the hooks that ``run`` has its commit: from its agent, or because its build.yml was read there."""
        for hook in self._sources:
            hook(session, run)

    def fire_again(self, session: Session, run: Run) -> None:
        """Tell the hooks that ``run`` is being handed out to another attempt."""
        for hook in self._again:
            hook(session, run)
