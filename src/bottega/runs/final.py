"""What the domains do when a run becomes final, in the very transaction that makes it so."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from bottega.runs.states import FINAL, RunState
from bottega.runs.tables import Run


class EndedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run in its final ``state``. Its row has all the rest, once the transaction is over."""

    run_id: str
    kind: str
    tenant_id: str
    task_id: str | None
    state: RunState


OnFinal = Callable[[Session, Sequence[EndedRun]], None]
"""Must be quick, must not commit, and should never raise: the run could not end."""


class FinalHooks:
    """Called exactly once for each run, by whichever of the ways to its end the run takes."""

    def __init__(self) -> None:
        self._hooks: list[OnFinal] = []

    def add(self, hook: OnFinal) -> None:
        """Have ``hook`` called from now on."""
        self._hooks.append(hook)

    def fire(self, session: Session, ended: Sequence[EndedRun]) -> None:
        """Tell the hooks about runs that this transaction has just brought to their end."""
        if ended:
            for hook in self._hooks:
                hook(session, ended)


ENDED_COLUMNS = (Run.id, Run.kind, Run.tenant_id, Run.task_id, Run.state)
"""What an UPDATE has to return for :func:`ended_rows`."""


def ended(run: Run, state: RunState) -> list[EndedRun]:
    """``run`` as hooks see it, if ``state``, which it has from now on, is a final one."""
    if state not in FINAL:
        return []
    return [EndedRun(run_id=run.id, kind=run.kind, tenant_id=run.tenant_id, task_id=run.task_id, state=state)]


def ended_rows(rows: Iterable[Any]) -> list[EndedRun]:
    """Those of the rows (of :data:`ENDED_COLUMNS`) whose run has become final."""
    return [
        EndedRun(
            run_id=row.id,
            kind=row.kind,
            tenant_id=row.tenant_id,
            task_id=row.task_id,
            state=RunState(row.state),
        )
        for row in rows
        if row.state in FINAL
    ]
