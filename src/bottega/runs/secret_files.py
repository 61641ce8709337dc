"""Files a run may have and nobody else: handed to the agent that holds its lease, one at a time.

They do not travel in the claim, because the claim of a run with many of them would be larger than a message may be;
here each is one answer to one request. Whose files they are, and who may have them, is for a domain to say: it
registers itself as the provider.
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

from bottega.runs.holding import held
from bottega.runs.messages import SecretFileReply, SecretFileRequest
from bottega.runs.tables import Run
from bottega.store.database import Database

MAX_BYTES = 512 * 1024
"""Half of what a message may have by default."""

NOT_HELD = "the agent does not hold the lease of a run with this file"


class SecretFileRefused(Exception):
    """The run does not get the file; the message is a sentence for its owner."""


SecretFileProvider = Callable[[Session, Run, str], bytes]
"""Content of the file of that name for that run, in a write transaction. Raises :class:`SecretFileRefused`."""


def no_files(_session: Session, _run: Run, _name: str) -> bytes:
    """The provider of a server without a domain that has files."""
    raise SecretFileRefused("this server keeps no files")


class SecretFiles:
    """Answers the agents' requests for files; any replica may."""

    def __init__(self, database: Database, provider: Callable[[], SecretFileProvider]) -> None:
        self._database = database
        self._provider = provider

    def fetch(self, agent_id: str, request: SecretFileRequest) -> SecretFileReply:
        """The file, when the agent holds the run's lease and the run was accepted with that file; or why not."""
        try:
            with self._database.write() as session:
                run = held(session, request)
                if (
                    run is None
                    or run.agent_id != agent_id
                    or request.name not in run.spec.get("secret_files", ())
                ):
                    return SecretFileReply(refusal=NOT_HELD)
                content = self._provider()(session, run, request.name)
        except SecretFileRefused as refused:
            return SecretFileReply(refusal=str(refused))
        if len(content) > MAX_BYTES:
            return SecretFileReply(refusal=f"it has {len(content)} bytes, and a run gets at most {MAX_BYTES}")
        return SecretFileReply(content=content)
