"""What control plane and agents say to each other, and on which NATS subjects. Imports nothing of either side.

Agents may use only subjects that carry their own id, so the id in the subject, never one in a payload, says who speaks.
"""

from typing import Any

import msgspec

WORK_STREAM = "BOTTEGA_WORK"
REPORT_STREAM = "BOTTEGA_REPORTS"
LOG_CHUNK_BYTES = 256 * 1024


def work_subject(pool: str, arch: str) -> str:
    """Hints "there is work" for agents of a pool."""
    return f"bottega.work.{pool}.{arch}"


def work_consumer(pool: str, arch: str) -> str:
    """The durable consumer all agents of a pool share."""
    return f"work_{pool}_{arch}"


def report_subject(replica_id: str, agent_id: str) -> str:
    """Log chunks and events of runs whose recorder is ``replica_id``."""
    return f"bottega.report.{replica_id}.{agent_id}"


def request_subject(agent_id: str, verb: str) -> str:
    """Requests of an agent: ``claim``, ``renew`` and ``file``."""
    return f"bottega.agent.{agent_id}.{verb}"


def control_subject(agent_id: str, verb: str) -> str:
    """Messages to an agent: ``stored`` and ``stop``."""
    return f"bottega.to.{agent_id}.{verb}"


class Struct(msgspec.Struct, kw_only=True):
    """Base of all messages; unknown fields are ignored so that versions may differ during an upgrade."""


class OfferedTool(Struct, kw_only=True):
    """A tool of the agent's host; ``home`` is where it is."""

    name: str
    version: str
    home: str = ""


class Offer(Struct, kw_only=True):
    """What an agent reports of itself. ``refusing`` says in words why it takes no runs now; empty while it does.

    ``labels`` are those of its settings; ``draining`` tells that it was asked on its host to take nothing new.
    ``tools`` is None while it does not know. With ``image_match`` ``strict`` it takes only runs whose demands it meets.
    ``size`` is that of its host, written as flavors are; empty when it does not say.
    """

    version: str
    arch: str
    slots: int
    sandbox: str
    sandbox_level: str
    notes: list[str] = []
    refusing: str = ""
    tools: list[OfferedTool] | None = None
    image_match: str = "lenient"
    labels: list[str] = []
    draining: bool = False
    size: str = ""


class ClaimRequest(Struct, kw_only=True):
    """``likely``: a hint, or the reply before, says that a run waits; the look that spares the writer is left out."""

    offer: Offer
    likely: bool = False


class ClaimedRun(Struct, kw_only=True):
    """Everything a runner needs; ``secret_env`` travels only to the agent that holds the lease.

    ``secret_files`` names what the agent has to ask for before it starts the runner. ``server_url`` is where the server
    is for clients, or empty.
    """

    run_id: str
    attempt: int
    lease_token: str
    lease_seconds: float
    recorder_id: str
    name: str
    number: int
    spec: dict[str, Any]
    secret_env: dict[str, str]
    limits: dict[str, Any]
    workspace_bytes: int
    log_limit_bytes: int
    stop_grace_seconds: float
    time_zone: str
    git: dict[str, Any]
    read_only_paths: list[str]
    secret_files: list[str] = []
    server_url: str = ""


class ClaimReply(Struct, kw_only=True):
    """``run`` is None when nothing waits that this agent may take; ``reason`` then says why in a sentence.

    ``waiting``: more runs of its pool and architecture wait, so that the next free slot is worth another request.
    ``unfit``: what waits is left to better agents of the pool; hints are for them.
    ``pass_on``: something waits that only others of the pool can take; the hint that prompted the claim is for them.
    """

    run: ClaimedRun | None = None
    reason: str = ""
    waiting: bool = False
    unfit: bool = False
    pass_on: bool = False


class SecretFileRequest(Struct, kw_only=True):
    """Asks for one of the files of a run the agent has claimed."""

    run_id: str
    attempt: int
    lease_token: str
    name: str


class SecretFileReply(Struct, kw_only=True):
    """``content``, or a sentence that says why the run does not get it."""

    content: bytes = b""
    refusal: str = ""


class Holding(Struct, kw_only=True):
    """An attempt an agent holds."""

    run_id: str
    attempt: int
    lease_token: str


class RenewRequest(Struct, kw_only=True):
    offer: Offer
    holdings: list[Holding]


class Renewal(Struct, kw_only=True):
    """``held`` False: the lease is gone and the attempt has to stop. The sizes say what the recorder has stored."""

    run_id: str
    attempt: int
    held: bool
    stop: bool = False
    stop_grace_seconds: float = 10.0
    recorder_id: str = ""


class RenewReply(Struct, kw_only=True):
    lease_seconds: float
    renewals: list[Renewal]


class Report(Struct, kw_only=True):
    """A piece of an attempt's journal: log bytes at ``log_offset`` and events from ``first_event`` on, in order."""

    run_id: str
    attempt: int
    lease_token: str
    log_offset: int
    log: bytes
    first_event: int
    events: list[dict[str, Any]]


class Stored(Struct, kw_only=True):
    """The recorder's answer: everything below these offsets is durable. ``done``: the run is final, forget the spool.

    ``refused``: the lease token is not the run's any more; stop the attempt and forget it.
    """

    run_id: str
    attempt: int
    log_size: int = 0
    event_count: int = 0
    done: bool = False
    refused: bool = False


class StopOrder(Struct, kw_only=True):
    run_id: str
    grace_seconds: float


encode = msgspec.msgpack.encode
decode = msgspec.msgpack.decode
