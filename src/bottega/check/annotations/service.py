"""Telling forges of issues: each once in its merge request, also when an answer was lost."""

import ssl
from collections.abc import Mapping, Sequence
from time import monotonic

from sqlalchemy import delete, select

from bottega.check.annotations.choosing import Chosen, Links, choose
from bottega.check.annotations.discussions import Discussions
from bottega.check.annotations.outbox import Outbox
from bottega.check.annotations.reviews import Reviews
from bottega.check.annotations.tables import CheckAnnotation, ToldIssue
from bottega.check.annotations.talk import Closed, Talk
from bottega.check.issues.tables import CheckIssue
from bottega.clock import epoch_ms
from bottega.forges.claims import Claims
from bottega.forges.forge import GITLAB, Forge, forge_of
from bottega.forges.teller import Teller
from bottega.notify.outcome import NotSent
from bottega.notify.outgoing import Answer, Post
from bottega.store.database import Database

NOT_FOUND = 404
HOLD_SECONDS = 20.0
"""Between two prolongations of a claim while a forge is slow."""


class AnnotationService(Teller[CheckAnnotation]):
    """What is told is what holds when it is told; ``links`` are the addresses it leads to."""

    subject = "annotations"

    def __init__(
        self, database: Database, forges: Sequence[Forge], tls: ssl.SSLContext, links: Links
    ) -> None:
        super().__init__(database, forges, tls, Claims(CheckAnnotation, CheckAnnotation.task_id))
        self.outbox = Outbox(forges)
        self._links = links

    @property
    def is_wanted(self) -> bool:
        """Whether any forge is to be told."""
        return any(forge.annotations for forge in self._forges)

    def _tell(self, row: CheckAnnotation) -> None:
        chosen = self._choose(row)
        if chosen is None or chosen.is_empty:
            return self._settle(row)
        forge = forge_of(self._forges, chosen.url)
        if forge is None or not forge.annotations:
            return self._settle(row)
        try:
            self._converse(row, self._talk(row, forge, chosen), chosen)
        except Closed as over:
            return self._settle(row, error=str(over))
        except NotSent as error:
            return self._failed(row, forge, error, row.created_at)
        return self._settle(row, unsure="")

    def _choose(self, row: CheckAnnotation) -> Chosen | None:
        with self._database.read() as session:
            return choose(session, row, self._links)

    def _talk(self, row: CheckAnnotation, forge: Forge, chosen: Chosen) -> Talk:
        held = monotonic()

        def send(post: Post) -> Answer:
            nonlocal held
            if monotonic() - held > HOLD_SECONDS:
                with self._database.write() as session:
                    self._claims.hold(session, row)
                held = monotonic()
            return self._send(forge, post)

        kind = Discussions if forge.kind == GITLAB else Reviews
        return kind(forge, forge.repository(chosen.url) or "", chosen.review.number, send)

    def _converse(self, row: CheckAnnotation, talk: Talk, chosen: Chosen) -> None:
        talk.open(chosen.review)
        if row.unsure:
            scan_id = chosen.review.scan_id
            known = dict(talk.known({scan_id, *chosen.waiting}))
            whole = known.pop(scan_id, None) is not None
            self._note(row, known, row.unsure)
            again = self._choose(row)
            if whole or again is None:
                return
            chosen = again
        if chosen.waiting:
            with self._database.write() as session:
                self._claims.hold(session, row, unsure=row.scan_id)
            talk.tell(chosen.review, lambda ids: self._note(row, ids, row.scan_id))
        for issue_id, thread in chosen.fixed.items():
            self._resolve(row, talk, issue_id, thread)

    def _note(self, row: CheckAnnotation, told: Mapping[str, str], scan_id: str) -> None:
        """Remember issues that were told about that scan, with their threads, and keep the claim."""
        with self._database.write() as session:
            new = session.scalars(
                select(CheckIssue.id)
                .outerjoin(ToldIssue, ToldIssue.issue_id == CheckIssue.id)
                .where(CheckIssue.id.in_(list(told)), ToldIssue.issue_id.is_(None))
            )
            session.add_all(
                ToldIssue(
                    issue_id=issue_id,
                    task_id=row.task_id,
                    told_in=scan_id,
                    thread=told[issue_id],
                    told_at=epoch_ms(),
                )
                for issue_id in new.all()
            )
            self._claims.hold(session, row)

    def _resolve(self, row: CheckAnnotation, talk: Talk, issue_id: str, thread: str) -> None:
        try:
            talk.resolve(thread)
        except NotSent as error:
            if error.status != NOT_FOUND:
                raise
        with self._database.write() as session:
            # An issue that comes back is told of again.
            session.execute(delete(ToldIssue).where(ToldIssue.issue_id == issue_id))
            self._claims.hold(session, row)
