"""Proofs of where artifacts come from: what they hold, who gets them, and what a check finds out."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from bottega.artifacts.dsse import sign
from bottega.artifacts.signing import SigningKeys
from bottega.artifacts.tables import SigningKey
from bottega.cli.verify import verify
from bottega.store.database import Database
from bottega.store.secrets import SecretBox
from tests.artifacts.making import Build, new_task
from tests.build.harness import Server, parameter
from tests.support.http_sink import Reply, http_sink

CONTENT = b"what was built"


@pytest.fixture
def build(server: Server, workshop: str) -> Build:
    secret = parameter("password", "hunter22", sensitiveVar="true")
    task = new_task(server, workshop, parameters=[parameter("level", "3"), secret])
    made = Build(server, task)
    made.change(
        source_url="https://user:hunter22@git.example.com/group/shop.git",
        branch="main",
        commit_id="c" * 40,
        sandbox="bubblewrap",
    )
    return made


def envelope(build: Build, told: dict[str, Any]) -> dict[str, Any]:
    answer = build.server.http.get(f"/v1/artifacts/files/{told['file_id']}/provenance")
    assert answer.status_code == 200, answer.text
    return answer.json()


def statement(found: dict[str, Any]) -> dict[str, Any]:
    return json.loads(base64.b64decode(found["payload"]))


def stored_files(build: Build, folder: Path) -> tuple[Path, Path, Path]:
    """The artifact, its proof and the key."""
    told = build.upload("shop.jar", CONTENT)
    build.end()
    build.server.services.provenance.sign_ended()
    paths = (folder / "shop.jar", folder / "proof.json", folder / "key.pem")
    paths[0].write_bytes(CONTENT)
    paths[1].write_text(json.dumps(envelope(build, told)))
    paths[2].write_text(
        httpx.get(
            f"{build.server.url}/v1/artifacts/signing-key", headers={"X-Caller": "alice"}, verify=False
        ).text
    )
    return paths


def test_a_proof_holds_what_the_build_was_made_of(build: Build) -> None:
    told = build.upload("lib/shop.jar", CONTENT, version="1.0")
    before = statement(envelope(build, told))
    assert "finishedOn" not in before["predicate"]["runDetails"]["metadata"]
    build.end()
    assert build.server.services.provenance.sign_ended() >= 1
    assert build.server.services.provenance.sign_ended() == 0
    found = envelope(build, told)
    assert found["payloadType"] == "application/vnd.in-toto+json"
    stated = statement(found)
    assert stated["_type"] == "https://in-toto.io/Statement/v1"
    assert stated["predicateType"] == "https://slsa.dev/provenance/v1"
    assert stated["subject"] == [{"name": "lib/shop.jar", "digest": {"sha256": told["sha256"]}}]
    definition = stated["predicate"]["buildDefinition"]
    outside, inside = definition["externalParameters"], definition["internalParameters"]
    assert (outside["task"]["id"], outside["task"]["name"]) == (build.task_id, "shop")
    assert outside["source"] == {"repository": "https://git.example.com/group/shop.git", "branch": "main"}
    assert outside["parameters"]["level"] == "3"
    assert (inside["build"], inside["package"], inside["version"]) == (1, "shop", "1.0")
    assert (inside["sandbox"], inside["agent"]) == ("bubblewrap", "a" * 32)
    assert definition["resolvedDependencies"] == [
        {
            "uri": "git+https://git.example.com/group/shop.git@refs/heads/main",
            "digest": {"gitCommit": "c" * 40},
        }
    ]
    details = stated["predicate"]["runDetails"]
    assert details["metadata"]["invocationId"] == build.run_id
    assert details["metadata"]["finishedOn"] >= details["metadata"]["startedOn"]
    assert details["builder"]["id"] == f"urn:bottega:server:{found['signatures'][0]['keyid']}"
    assert "hunter22" not in json.dumps(stated)


def test_a_proof_outlives_the_records_of_its_task(build: Build) -> None:
    told = build.upload(content=CONTENT)
    build.end()
    http = build.server.http
    assert http.delete(f"/v1/job/{build.task_id}/delete").status_code == 200
    http.request("DELETE", "/v1/job/recycling-deletion", json={"job_ids": [build.task_id]})
    assert statement(envelope(build, told))["predicate"]["runDetails"]["metadata"]["finishedOn"]


def test_the_command_tells_what_is_proven(
    build: Build, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, proof, key = stored_files(build, tmp_path)
    verify(file, provenance=str(proof), key=str(key))
    told = capsys.readouterr().out
    assert told.startswith("proven: shop.jar is shop.jar, sha256 ")
    for line in (
        "build task: shop",
        "build: 1",
        "repository: https://git.example.com/group/shop.git",
        f"commit: {'c' * 40}",
        "sandbox: bubblewrap",
    ):
        assert f"  {line}\n" in told


def damaged(proof: Path, **changes: Any) -> None:
    known = json.loads(proof.read_text())
    proof.write_text(json.dumps({**known, **changes}))


def of_another_key(file: Path, proof: Path, key: Path) -> None:
    public = Ed25519PrivateKey.generate().public_key()
    key.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def with_another_payload(file: Path, proof: Path, key: Path) -> None:
    stated = statement(json.loads(proof.read_text()))
    stated["predicate"]["buildDefinition"]["resolvedDependencies"][0]["digest"]["gitCommit"] = "d" * 40
    damaged(proof, payload=base64.b64encode(json.dumps(stated).encode()).decode())


def about_something_else(file: Path, proof: Path, key: Path) -> None:
    private = Ed25519PrivateKey.generate()
    key.write_bytes(private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    import msgspec

    payload = {"_type": "x", "subject": [], "predicateType": "y"}
    proof.write_bytes(msgspec.json.encode(sign(json.dumps(payload).encode(), private)))


@pytest.mark.parametrize(
    ("spoil", "code", "reason"),
    [
        (lambda file, _proof, _key: file.write_bytes(b"other"), 1, "the file's sha256 is"),
        (with_another_payload, 1, "the envelope was changed after it was signed"),
        (of_another_key, 1, "the envelope was signed with another key"),
        (about_something_else, 1, "the envelope states something else"),
        (lambda _file, proof, _key: damaged(proof, signatures=[]), 1, "the signature is not right"),
        (lambda _file, proof, _key: damaged(proof, payload="%%%"), 1, "the envelope's payload is not base64"),
        (lambda _file, proof, _key: damaged(proof, payloadType="text/plain"), 1, "the envelope holds"),
        (lambda _file, proof, _key: proof.write_text("[]"), 1, "this is no signed envelope"),
        (lambda _file, _proof, key: key.write_text("nonsense"), 2, "no public key in PEM form"),
        (lambda file, _proof, _key: file.unlink(), 2, "cannot read"),
    ],
)
def test_what_is_not_proven_is_said_with_the_reason(
    build: Build,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: Any,
    code: int,
    reason: str,
) -> None:
    file, proof, key = stored_files(build, tmp_path)
    spoil(file, proof, key)
    with pytest.raises(SystemExit) as ended:
        verify(file, provenance=str(proof), key=str(key))
    assert ended.value.code == code
    told = capsys.readouterr()
    assert reason in told.err
    assert told.out == ""


def test_a_proof_that_cannot_be_got_is_not_followed_elsewhere(
    build: Build, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, _proof, key = stored_files(build, tmp_path)
    for url, told in (
        (f"{build.server.url}/v1/artifacts/files/{'0' * 32}/provenance", "answered"),
        ("http://127.0.0.1:1/proof", "cannot get"),
    ):
        with pytest.raises(SystemExit) as ended:
            verify(file, provenance=url, key=str(key))
        assert ended.value.code == 2
        assert told in capsys.readouterr().err


def test_the_token_goes_with_the_question_for_the_proof_alone(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, proof, key = stored_files(build, tmp_path)
    monkeypatch.setenv("X_AUTH_TOKEN", "secret")
    with http_sink() as sink:
        sink.replies = [Reply(body=proof.read_bytes()), Reply(body=key.read_bytes())]
        verify(file, provenance=sink.url("/proof"), key=sink.url("/key"))
    asked = [(one.path, one.headers.get("x-auth-token")) for one in sink.received]
    assert asked == [("/proof", "secret"), ("/key", None)]


def test_all_replicas_sign_with_one_key_whose_private_part_is_sealed(database: Database) -> None:
    box = SecretBox(b"k" * 32)
    one, two = SigningKeys(database, box), SigningKeys(database, box)
    assert one.public_pem() == two.public_pem()
    assert one.private().private_bytes_raw() == two.private().private_bytes_raw()
    with database.read() as session:
        (row,) = session.scalars(select(SigningKey)).all()
    assert one.private().private_bytes_raw() not in row.sealed_private


def test_the_key_is_printed_for_administrators_and_the_command_line_knows_both(build: Build) -> None:
    data = build.server.services.settings.data
    for arguments, told in (
        (["admin", "show-signing-key", "--data-dir", str(data)], "BEGIN PUBLIC KEY"),
        (["verify", "--help"], "--provenance"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "bottega", *arguments], capture_output=True, text=True, check=True
        )
        assert told in done.stdout
