"""Files of a run go to the agent that holds its lease, and to nobody else."""

import msgspec
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bottega.iam.tables import Tenant
from bottega.runs.messages import ClaimedRun, SecretFileReply, SecretFileRequest
from bottega.runs.secret_files import MAX_BYTES, NOT_HELD, SecretFileRefused, SecretFiles
from bottega.runs.spec import RunSpec
from bottega.runs.tables import Run
from tests.runs.conftest import Layer
from tests.support.runs import new_run, offer, submit

CONTENT = b"\x00\xffsecret"


def keeper(session: Session, run: Run, name: str) -> bytes:
    """Knows three files, and writes something down whatever it answers."""
    session.add(Tenant(id=name.rjust(32, "0"), name=name, created_at=0))
    session.flush()
    if name == "refused.xml":
        raise SecretFileRefused(f"{run.user_name} may not")
    return b"x" * (MAX_BYTES + 1) if name == "large.xml" else CONTENT


@pytest.fixture
def files(layer: Layer) -> SecretFiles:
    layer.runs.secret_files = keeper
    return SecretFiles(layer.database, lambda: layer.runs.secret_files)


@pytest.fixture
def run(layer: Layer, agent_id: str) -> ClaimedRun:
    new = new_run(layer.caller)
    spec = msgspec.structs.replace(new.spec, secret_files=["a.xml", "refused.xml", "large.xml"])
    submit(layer.runs, layer.database, msgspec.structs.replace(new, spec=spec))
    return layer.claim(agent_id)


def request(run: ClaimedRun, name: str = "a.xml") -> SecretFileRequest:
    return SecretFileRequest(run_id=run.run_id, attempt=run.attempt, lease_token=run.lease_token, name=name)


def noted(layer: Layer) -> int:
    with layer.database.read() as session:
        return (session.scalar(select(func.count()).select_from(Tenant)) or 0) - 1


def test_the_claim_names_the_files_and_has_none_of_them(run: ClaimedRun) -> None:
    assert run.secret_files == ["a.xml", "refused.xml", "large.xml"]
    assert b"secret\xff" not in msgspec.msgpack.encode(run)


def test_the_holder_of_the_lease_gets_a_file(
    layer: Layer, agent_id: str, files: SecretFiles, run: ClaimedRun
) -> None:
    assert files.fetch(agent_id, request(run)) == SecretFileReply(content=CONTENT)
    assert noted(layer) == 1


def test_nobody_else_gets_it(layer: Layer, agent_id: str, files: SecretFiles, run: ClaimedRun) -> None:
    other = layer.agents.enrol("two", "default", "nats://localhost").agent_id
    wrong = [
        (other, request(run)),
        (agent_id, msgspec.structs.replace(request(run), lease_token="0" * 32)),
        (agent_id, msgspec.structs.replace(request(run), attempt=2)),
        (agent_id, msgspec.structs.replace(request(run), run_id="0" * 36)),
        (agent_id, request(run, "of-another-run.xml")),
    ]
    for asking, asked in wrong:
        assert files.fetch(asking, asked) == SecretFileReply(refusal=NOT_HELD)
    assert noted(layer) == 0


def test_after_the_lease_has_ended_nobody_gets_it(
    layer: Layer, agent_id: str, files: SecretFiles, run: ClaimedRun
) -> None:
    layer.end_lease(run.run_id)
    assert files.fetch(agent_id, request(run)).refusal == NOT_HELD
    layer.leases.reap()
    again = layer.claim(agent_id)
    assert files.fetch(agent_id, request(run)).refusal == NOT_HELD
    assert files.fetch(agent_id, request(again)).content == CONTENT


def test_a_refusal_is_passed_on_and_leaves_nothing_behind(
    layer: Layer, agent_id: str, files: SecretFiles, run: ClaimedRun
) -> None:
    assert files.fetch(agent_id, request(run, "refused.xml")) == SecretFileReply(refusal="admin may not")
    assert noted(layer) == 0


def test_what_no_message_could_carry_is_refused(agent_id: str, files: SecretFiles, run: ClaimedRun) -> None:
    reply = files.fetch(agent_id, request(run, "large.xml"))
    assert (reply.content, reply.refusal[:22]) == (b"", "it has 524289 bytes, a")


def test_a_server_without_a_keeper_of_files_says_so(layer: Layer, agent_id: str) -> None:
    spec = RunSpec(timeout_seconds=1, network=False, opening="", env={}, steps=[], secret_files=["a.xml"])
    submit(layer.runs, layer.database, new_run(layer.caller, spec=spec))
    claimed = layer.claims.claim(agent_id, offer()).run
    assert claimed is not None
    files = SecretFiles(layer.database, lambda: layer.runs.secret_files)
    assert files.fetch(agent_id, request(claimed)).refusal == "this server keeps no files"
