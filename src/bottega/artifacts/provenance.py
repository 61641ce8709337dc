"""Proofs of where artifacts come from: signed once their build has ended, and kept from then on.

Not when the file comes: what the agent reports of commit and times arrives on another way, and later.
"""

import msgspec
import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session, undefer

from bottega.artifacts.dsse import Envelope, key_id, sign
from bottega.artifacts.service import viewed
from bottega.artifacts.signing import SigningKeys
from bottega.artifacts.statement import statement
from bottega.artifacts.tables import ArtifactFile, PackageVersion
from bottega.errors import NotFound
from bottega.iam.principal import Principal
from bottega.runs.states import FINAL
from bottega.runs.tables import Agent, Run
from bottega.store.database import Database

BATCH = 100

log = structlog.get_logger(__name__)


class Provenance:
    """``public_url`` names this server in the proofs; without one its key does."""

    def __init__(self, database: Database, keys: SigningKeys, public_url: str) -> None:
        self._database = database
        self._keys = keys
        self._public_url = public_url

    def of(self, principal: Principal, file_id: str) -> Envelope:
        """The proof of one file; while its build goes on a preliminary one, without the time of its end.

        Raises :class:`NotFound`, :class:`Forbidden`.
        """
        with self._database.read() as session:
            file = viewed(session, principal, file_id)
            row = session.get_one(
                ArtifactFile, file_id, options=[undefer(ArtifactFile.provenance)], populate_existing=True
            )
            if row.signed:
                return msgspec.json.decode(row.provenance, type=Envelope)
            run = session.get(Run, row.run_id)
            if run is None:
                raise NotFound("provenance of file", file_id)
            return self._envelope(session, row, file.version, run)

    def sign_ended(self, run_id: str = "") -> int:
        """Sign the files of builds that have ended, or of one build, and keep the proofs; returns how many."""
        # The key is there from the first look on.
        self._keys.private()
        count = 0
        while True:
            with self._database.read() as session:
                made = self._some(session, run_id)
            if not made:
                return count
            with self._database.write() as session:
                for file_id, sha256, envelope in made:
                    session.execute(
                        update(ArtifactFile)
                        .where(ArtifactFile.id == file_id, ArtifactFile.sha256 == sha256)
                        .values(signed=True, provenance=envelope)
                    )
            count += len(made)
            if len(made) < BATCH:
                return count

    def _some(self, session: Session, run_id: str) -> list[tuple[str, str, str]]:
        query = (
            select(ArtifactFile, PackageVersion, Run)
            .join(PackageVersion, PackageVersion.id == ArtifactFile.version_id)
            .join(Run, Run.id == ArtifactFile.run_id)
            .where(ArtifactFile.signed.is_(False), Run.state.in_(FINAL))
            .limit(BATCH)
        )
        if run_id:
            query = query.where(Run.id == run_id)
        return [
            (file.id, file.sha256, msgspec.json.encode(self._envelope(session, file, version, run)).decode())
            for file, version, run in session.execute(query)
        ]

    def _envelope(self, session: Session, file: ArtifactFile, version: PackageVersion, run: Run) -> Envelope:
        private = self._keys.private()
        agent = session.get(Agent, file.agent_id)
        builder = self._public_url.rstrip("/") or f"urn:bottega:server:{key_id(private.public_key())}"
        stated = statement(file, version, run, agent=agent.name if agent else file.agent_id, builder=builder)
        return sign(msgspec.json.encode(stated), private)
