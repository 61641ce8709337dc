"""Noting that a run has changed, in the transaction that changes it. Nobody waits for a forge."""

from collections.abc import Collection, Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from bottega.build.commit_status.tables import CommitStatus
from bottega.clock import epoch_ms
from bottega.forges.forge import Forge, forge_of
from bottega.runs.final import EndedRun
from bottega.runs.tables import Run
from bottega.store.base import now_ms

BUILD = "build"


class Outbox:
    """Hooks of the execution layer; runs of repositories that no forge is set up for are not noted.

    ``kinds`` are those of the runs that forges are told of.
    """

    def __init__(self, forges: Sequence[Forge], kinds: Collection[str]) -> None:
        self._forges = forges
        self._kinds = kinds

    def accepted(self, session: Session, run: Run) -> None:
        """A run was queued. Its commit may not be known yet."""
        if run.kind not in self._kinds or not run.source_url:
            return
        forge = forge_of(self._forges, run.source_url)
        if forge is not None:
            now = epoch_ms()
            session.add(
                CommitStatus(
                    run_id=run.id,
                    tenant_id=run.tenant_id,
                    host=forge.host,
                    created_at=now,
                    next_try_at=now if run.commit_id else None,
                )
            )

    def checked_out(self, session: Session, run: Run) -> None:
        """It is known which commit a run builds."""
        _changed(session, [run.id])

    def ended(self, session: Session, ended: Sequence[EndedRun]) -> None:
        """Runs came to their end."""
        _changed(session, [one.run_id for one in ended if one.kind in self._kinds])


def _changed(session: Session, run_ids: list[str]) -> None:
    if not run_ids:
        return
    # Rows of this transaction are not in the database before.
    session.flush()
    session.execute(
        update(CommitStatus)
        .where(CommitStatus.run_id.in_(run_ids))
        .values(version=CommitStatus.version + 1, tries=0, next_try_at=now_ms())
        .execution_options(synchronize_session=False)
    )
