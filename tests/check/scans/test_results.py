"""Results as hostile agents might send them: refused as a whole, and the check fails with the reason."""

import tempfile
from typing import Any

import msgspec
import pytest

from bottega.agent.runner.http_transfers import HttpTransfers
from bottega.agent.runner.transfers import TransferError
from bottega.check.findings import Finding
from bottega.check.scanning.plan import ChangedLines, EngineReport, ScannedFile, ScanResult
from bottega.check.scans.decoding import decode
from bottega.check.scans.packing import Spoilt, pack, unpack
from tests.artifacts.making import LEASE
from tests.build.harness import Server
from tests.check.scans.checks import Check, new_task

SHA = "a" * 64
PLAN = "/agent/check-plan"


def result(**changes: Any) -> ScanResult:
    values: dict[str, Any] = {
        "files": [ScannedFile(path="a.py", languages=("PYTHON",), sha256=SHA, size=1, engines=("ruff",))],
        "engines": [EngineReport(engine="ruff", state="done", files=1, analysed=1)],
        "findings": [finding()],
    }
    return ScanResult(**{**values, **changes})


def finding(**changes: Any) -> Finding:
    values: dict[str, Any] = {
        "rule": "ruff:F401",
        "path": "a.py",
        "language": "PYTHON",
        "severity": 1,
        "message": "unused",
        "line": 1,
    }
    return Finding(**{**values, **changes})


def packed(value: object) -> bytes:
    return pack(msgspec.msgpack.encode(value))


def test_a_result_that_is_as_it_should_be_is_taken() -> None:
    assert decode(packed(result()), {"ruff"}) == result()


def test_an_agent_that_knows_nothing_of_complete_lists_has_made_one() -> None:
    sent = msgspec.to_builtins(result(complete=False), builtin_types=(bytes,))
    assert not decode(packed(sent), {"ruff"}).complete
    del sent["complete"]
    assert decode(packed(sent), {"ruff"}).complete


@pytest.mark.parametrize(
    "wrong",
    [
        result(findings=[finding(path="../a.py")]),
        result(findings=[finding(path="b.py")]),
        result(findings=[finding(rule="pmd:F401")]),
        result(findings=[finding(severity=4)]),
        result(findings=[finding(line=-1)]),
        result(findings=[finding(line=2**60)]),
        result(findings=[finding(message="a\0b")]),
        result(findings=[finding(message="a" * 30_000)]),
        result(findings=[finding(line_hash="no hash")]),
        result(files=[ScannedFile(path="/etc/passwd", languages=(), sha256=SHA, size=1)], findings=[]),
        result(files=[ScannedFile(path="a.py", languages=("COBOL",), sha256=SHA, size=1)]),
        result(engines=[EngineReport(engine="own", state="done")]),
        result(commit="main"),
        result(version=2),
        result(seconds=float("nan")),
        result(seconds=float("inf")),
        result(changed=[ChangedLines(path="../a.py", former="a.py", ranges=())]),
        result(changed=[ChangedLines(path="a.py", former="/a.py", ranges=())]),
        result(changed=[ChangedLines(path="a.py", former="a.py", ranges=((1, -1),))]),
        result(changed=[ChangedLines(path="a.py", former="a.py", ranges=((1, 1),) * 10_001)]),
        {"files": 1},
        b"nothing",
    ],
)
def test_a_result_with_anything_that_cannot_be_is_refused(wrong: object) -> None:
    with pytest.raises(Spoilt):
        decode(packed(wrong), {"ruff"})


def test_what_would_fill_the_memory_is_not_unpacked() -> None:
    with pytest.raises(Spoilt, match="more than 1000 bytes"):
        unpack(pack(b"\0" * 50_000_000), 1000)
    with pytest.raises(Spoilt):
        unpack(pack(b"a" * 5000)[:-3], 10_000)


def upload(server: Server, check: Check, content: bytes, reason: str = "", scan_id: str = "") -> Any:
    transfers = HttpTransfers(
        server.url,
        run_id=check.run_id,
        attempt=1,
        lease_token=LEASE,
        look_up=lambda: None,
        pause=lambda _: None,
    )
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        try:
            details = {"scan": scan_id or check.id, "reason": reason}
            return transfers.upload("scan", details, file.fileno(), len(content))
        finally:
            transfers.close()


def begun(server: Server, workshop: str) -> Check:
    check = Check(server, new_task(server, workshop, "https://git.example.com/shop.git"))
    plan = server.http.get(PLAN, params={"stage": "stage2"}, headers=check.headers)
    assert plan.status_code == 200, plan.text
    assert plan.headers["X-Bottega-Scan"] == check.id
    assert {choice["language"] for choice in plan.json()["choices"]} >= {"PYTHON"}
    return check


def test_a_spoilt_result_fails_its_check_with_the_reason(server: Server, workshop: str) -> None:
    check = begun(server, workshop)
    upload(server, check, packed({"files": 1}))
    assert check.scan.state == "storing"
    server.services.scan_storage.scan()
    assert (check.scan.state, "cannot be read" in check.scan.reason) == ("failed", True)
    assert check.scan.upload_key == ""


def test_an_agent_may_say_that_there_is_no_result_and_another_attempt_does_not_scan_again(
    server: Server, workshop: str
) -> None:
    check = begun(server, workshop)
    upload(server, check, b"", "out of memory")
    assert (check.scan.state, check.scan.reason) == ("failed", "out of memory")
    plan = server.http.get(PLAN, params={"stage": "stage2"}, headers=check.headers)
    assert (plan.headers["X-Bottega-Scan-State"], plan.content) == ("failed", b"")


def test_a_result_is_stored_once_and_a_verdict_told_to_the_holder_of_the_lease_alone(
    server: Server, workshop: str
) -> None:
    check = begun(server, workshop)
    upload(server, check, packed(result()))
    server.services.scan_storage.scan()
    assert server.services.scan_storage.scan() == 0
    asked = {"scan": check.id}
    verdict = server.http.get("/agent/check-verdict", params=asked, headers=check.headers).json()
    assert (verdict["state"], verdict["gate"], verdict["stops"]) == ("success", "success", False)
    assert verdict["summary"] == "check 1: 1 open issues (0 fatal, 1 serious, 0 general, 0 hint)"
    wrong = {**check.headers, "X-Bottega-Lease": "0" * 32}
    assert server.http.get("/agent/check-verdict", params=asked, headers=wrong).status_code == 403
    assert server.http.get(PLAN, params={"stage": "stage1"}, headers=check.headers).status_code == 400


def test_a_lease_is_good_for_the_scan_of_its_own_run_only(server: Server, workshop: str) -> None:
    check, other = begun(server, workshop), begun(server, workshop)
    asked = {"scan": other.id}
    assert server.http.get("/agent/check-verdict", params=asked, headers=check.headers).status_code == 422
    with pytest.raises(TransferError):
        upload(server, check, packed(result()), scan_id=other.id)
    assert (check.scan.state, other.scan.state) == ("running", "running")


def test_a_scan_has_one_result(server: Server, workshop: str) -> None:
    check = begun(server, workshop)
    upload(server, check, packed(result()))
    key = check.scan.upload_key
    with pytest.raises(TransferError, match="the scan is storing"):
        upload(server, check, packed(result(findings=[])))
    with pytest.raises(TransferError, match="the scan is storing"):
        upload(server, check, b"", "out of memory")
    assert (check.scan.state, check.scan.upload_key) == ("storing", key)


def test_a_check_whose_run_was_lost_has_failed_with_it(server: Server, workshop: str) -> None:
    check = begun(server, workshop)
    check.end("LOST", "the agent was lost")
    assert (check.scan.state, check.scan.reason) == ("failed", "the agent was lost")
