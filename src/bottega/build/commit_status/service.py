"""Telling forges how runs go: each run's words in order, at least once."""

import ssl
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from bottega.build.commit_status.outbox import BUILD, Outbox
from bottega.build.commit_status.posts import post_of
from bottega.build.commit_status.statuses import Status, build_words, status_of
from bottega.build.commit_status.tables import CommitStatus
from bottega.forges.claims import Claims
from bottega.forges.forge import Forge, forge_of
from bottega.forges.teller import Teller
from bottega.notify.outcome import NotSent
from bottega.runs.states import FINAL, RunState
from bottega.runs.tables import Run
from bottega.runs.words import WordsOf
from bottega.store.database import Database

GITLAB_SAME = "Cannot transition status"
"""GitLab refuses to be told what it knows: after an answer that was lost, for instance."""


class CommitStatusService(Teller[CommitStatus]):
    """``public_url`` is where records are linked to. ``words`` are those of other kinds of runs than builds."""

    subject = "a commit status"

    def __init__(
        self,
        database: Database,
        forges: Sequence[Forge],
        tls: ssl.SSLContext,
        public_url: str,
        words: Mapping[str, WordsOf] | None = None,
    ) -> None:
        super().__init__(database, forges, tls, Claims(CommitStatus, CommitStatus.run_id))
        self._words: dict[str, WordsOf] = {BUILD: build_words, **(words or {})}
        self.outbox = Outbox(forges, self._words.keys())
        self._public_url = public_url

    def _tell(self, row: CommitStatus) -> None:
        with self._database.read() as session:
            run = session.get(Run, row.run_id)
            if run is not None and run.commit_id:
                outdated = _superseded(session, run)
                status = status_of(run, self._words[run.kind](session, run), self._public_url)
            else:
                # Without a commit: it is not known yet, or never was.
                outdated, status = False, None
        if run is None or status is None:
            return self._settle(row)
        if outdated:
            return self._settle(row, error="a newer build of the commit is shown")
        forge = forge_of(self._forges, run.source_url)
        if forge is None or row.sent == status.verdict:
            return self._settle(row)
        try:
            self._set(forge, run, status)
        except NotSent as error:
            ended = RunState(run.state) in FINAL
            return self._failed(row, forge, error, (run.finished_at or row.created_at) if ended else None)
        return self._settle(row, sent=status.verdict)

    def _set(self, forge: Forge, run: Run, status: Status) -> None:
        repository = forge.repository(run.source_url) or ""
        try:
            self._send(forge, post_of(forge, repository, run.commit_id, status))
        except NotSent as error:
            if GITLAB_SAME not in str(error):
                raise


def _superseded(session: Session, run: Run) -> bool:
    """Whether a newer run of the task builds the same commit: then that one is what the forge should show."""
    newer = aliased(Run)
    query = (
        select(newer.id)
        .join(CommitStatus, CommitStatus.run_id == newer.id)
        .where(
            newer.task_id == run.task_id,
            newer.number > run.number,
            newer.commit_id == run.commit_id,
            newer.source_url == run.source_url,
        )
        .limit(1)
    )
    return session.scalar(query) is not None
