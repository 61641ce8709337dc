"""The step "Upload to the release repository", run by a real runner in the real sandbox against a real server."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bottega.agent.spool import Spool
from bottega.build.actions import ACTIONS, InputError, put_in_late
from tests.agent.runner.attempts import Attempts, ended, log_lines, sh
from tests.support.listening import listening
from tests.support.waiting import eventually


class Recorder(BaseHTTPRequestHandler):
    """Takes everything and remembers it, as the control plane's side of the channel would."""

    protocol_version = "HTTP/1.1"
    server: "Repository"  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        self.server.leases.append(self.headers["X-Bottega-Lease"])
        announced = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.announced.append(announced)
        refusal = self.server.refusal
        if refusal:
            self._answer(refusal, {"error_code": "CB.00060403", "error_msg": "no, because"})
        else:
            self._answer(200, {"upload_id": "0" * 32})

    def do_PUT(self) -> None:
        import hashlib

        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got[self.server.announced[-1]["details"]["path"]] = content
        digest = "0" * 64 if self.server.lying else hashlib.sha256(content).hexdigest()
        result = {"url": "/there", "size": len(content), "sha256": digest, "replaced": "3"}
        self._answer(200, {"result": result})

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _answer(self, status: int, body: Any) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Repository(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Recorder)
        self.got: dict[str, bytes] = {}
        self.announced: list[dict[str, Any]] = []
        self.leases: list[str] = []
        self.refusal = 0
        self.lying = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def repository() -> Iterator[Repository]:
    server = Repository()
    with listening(server):
        yield server


def upload(**inputs: Any) -> dict[str, Any]:
    return {
        "key": "upload",
        "name": "Upload",
        "action": "upload_artifact",
        "inputs": inputs,
        "label": "external_post_upload",
    }


def run(
    attempts: Attempts, repository: Repository | None, command: str, **inputs: Any
) -> tuple[Spool, dict[str, Any]]:
    where = {"server_url": repository.url, "lease_token": "secret-lease-token"} if repository else {}
    return attempts.run(sh(command), upload(**inputs), **where)


def test_folders_are_flattened_unless_they_are_to_be_kept(attempts: Attempts, repository: Repository) -> None:
    command = (
        "mkdir -p a/target b/target; printf 1 >a/target/one.jar; printf 2 >b/target/two.war; printf 3 >c.txt"
    )
    spool, report = run(attempts, repository, command, file="**/target/*.?ar", buildVersion="1.0")
    assert report["outcome"] == "success", log_lines(spool)
    assert repository.got == {"one.jar": b"1", "two.war": b"2"}
    assert {one["details"]["version"] for one in repository.announced} == {"1.0"}
    assert set(repository.leases) == {"secret-lease-token"}
    assert not [line for line in log_lines(spool) if "secret-lease-token" in line]
    assert any("a/target/one.jar: 1 bytes, sha256 " in line for line in log_lines(spool))
    assert any("the file of build 3 was replaced" in line for line in log_lines(spool))
    repository.got.clear()
    for keeping in ({"remainOriginPath": "REMAIN"}, {"keep_folders": True}):
        spool, report = run(
            attempts, repository, command, path="**/target/*.?ar", customUploadPath="/x/", **keeping
        )
        assert report["outcome"] == "success", log_lines(spool)
        assert set(repository.got) == {"x/a/target/one.jar", "x/b/target/two.war"}


def test_what_only_the_agent_knows_is_put_into_the_inputs(attempts: Attempts, repository: Repository) -> None:
    steps = [
        sh("mkdir out; printf '%s' \"${GIT_TAG-none}\" >out/a.txt"),
        upload(path="${WORKSPACE}/out/*.txt", version="${COMMIT_ID_SHORTER}", package="p${GIT_TAG}${other}"),
    ]
    known = {"COMMIT_ID": "0123456789abcdef", "COMMIT_ID_SHORTER": "01234567"}
    where = {"server_url": repository.url, "lease_token": "secret-lease-token"}
    spool, report = attempts.run(*steps, env=known, **where)
    assert report["outcome"] == "success", log_lines(spool)
    (announced,) = repository.announced
    # There is no tag, and names that are not the agent's are nobody's business here.
    assert (
        announced["details"] | {"version": "01234567", "package": "p${GIT_TAG}${other}"}
        == announced["details"]
    )
    assert repository.got == {"a.txt": b"none"}


def test_names_are_put_into_lists_and_maps_and_never_into_scripts() -> None:
    inputs = {
        "command": "${COMMIT_ID}",
        "a": [{"b": "${COMMIT_ID}-${WORKSPACE}"}, 7],
        "key_password": "${GIT_TAG}",
    }
    found = put_in_late(inputs, {"COMMIT_ID": "${GIT_TAG}", "GIT_TAG": "v1", "WORKSPACE": "/elsewhere"})
    assert found == {**inputs, "a": [{"b": "${GIT_TAG}-."}, 7]}


def test_files_that_would_become_one_are_refused_with_both_paths(
    attempts: Attempts, repository: Repository
) -> None:
    command = "mkdir a b; touch a/x.jar b/x.jar"
    spool, report = run(attempts, repository, command, path="**/x.jar")
    assert report["outcome"] == "failure"
    assert "'a/x.jar' and 'b/x.jar' would both be 'x.jar'" in report["reason"]
    assert repository.announced == []
    spool, report = run(attempts, repository, "touch one.jar", path="*.jar", name="renamed.jar")
    assert report["outcome"] == "success", log_lines(spool)
    assert set(repository.got) == {"renamed.jar"}
    spool, report = run(attempts, repository, "touch one.jar two.jar", path="*.jar", name="renamed.jar")
    assert "'one.jar' and 'two.jar' would both be 'renamed.jar'" in report["reason"]


def test_nothing_matched_names_the_pattern_and_what_is_nearest(
    attempts: Attempts, repository: Repository
) -> None:
    command = "mkdir -p a/target; touch a/target/shop.jar a/readme.md; for i in `seq 30`; do touch f$i; done"
    spool, report = run(attempts, repository, command, path="targets/*.jar")
    assert report["outcome"] == "failure"
    assert "DEV.CB.0220021: no file of the workspace matches 'targets/*.jar'" in report["reason"]
    (nearest,) = [line for line in log_lines(spool) if "the nearest of what is there" in line]
    assert "is there: 'a/target/shop.jar', " in nearest
    assert nearest.count("'") == 20
    spool, report = run(attempts, repository, "true", path="*.jar")
    assert any("there is no file in the workspace" in line for line in log_lines(spool))


def test_nothing_outside_the_workspace_is_ever_sent(attempts: Attempts, repository: Repository) -> None:
    command = (
        "mkdir real; ln -s /etc/passwd link.txt; ln -s /etc dir; ln -s ../link.txt real/up.txt; "
        "mkfifo pipe.txt; ln /etc/passwd hard.txt 2>/dev/null || true; printf good >real/good.txt"
    )
    spool, report = run(attempts, repository, command, path="**")
    assert report["outcome"] == "success", log_lines(spool)
    assert repository.got == {"good.txt": b"good"}


def test_names_that_are_no_text_are_refused(attempts: Attempts, repository: Repository) -> None:
    _spool, report = run(attempts, repository, "touch $'\\xff.jar'", path="*.jar")
    assert report["outcome"] == "failure"
    assert "is not valid UTF-8" in report["reason"]


def test_without_a_server_the_step_says_what_to_set(attempts: Attempts) -> None:
    _spool, report = run(attempts, None, "touch a", path="a")
    assert report["outcome"] == "failure"
    assert "does not know the server's address: set http.public_url" in report["reason"]


@pytest.mark.parametrize(
    ("refusal", "told"), [(403, "no, because"), (400, "no, because"), (302, "redirects are not followed")]
)
def test_a_refusal_is_told_and_not_tried_again(
    attempts: Attempts, repository: Repository, refusal: int, told: str
) -> None:
    repository.refusal = refusal
    _spool, report = run(attempts, repository, "touch a", path="a")
    assert report["outcome"] == "failure"
    assert told in report["reason"]
    assert len(repository.announced) == 1


def test_a_server_that_received_something_else_is_found_out(
    attempts: Attempts, repository: Repository
) -> None:
    repository.lying = True
    _spool, report = run(attempts, repository, "echo x >a", path="a")
    assert "the server received other bytes than were sent" in report["reason"]


def test_a_stop_ends_the_wait_for_a_server_that_is_away(attempts: Attempts) -> None:
    where = {"server_url": "http://127.0.0.1:1", "lease_token": "x"}
    spool = attempts.start(sh("touch a"), upload(path="a"), **where)
    eventually(lambda: [line for line in log_lines(spool) if "[Upload:" in line and "step started" in line])
    spool.request_stop(0.1, "stopped by a test")
    assert ended(spool)["outcome"] == "aborted"


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({}, "path"),
        ({"file": ""}, "file"),
        ({"path": "/etc/passwd"}, "path"),
        ({"path": "../x"}, "path"),
        ({"path": "a", "version": "a/b"}, "version"),
        ({"file": "a", "buildVersion": ".."}, "buildVersion"),
        ({"path": "a", "name": "x/y"}, "name"),
        ({"path": "a", "customUploadPath": "x/../y"}, "customUploadPath"),
        ({"path": "a", "keep_folders": "perhaps"}, "keep_folders"),
        ({"path": "a", "overwrite": 7}, "overwrite"),
    ],
)
def test_inputs_that_cannot_be_used_are_named(inputs: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as refused:
        ACTIONS["upload_artifact"].check(inputs)
    assert refused.value.field == field
