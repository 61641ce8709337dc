"""Uploads to buckets: a real runner, and an S3 server that is spoken to over real HTTP."""

from typing import Any

import httpx
import obstore
import pytest
from obstore.store import S3Store

from bottega.agent.spool import Spool
from bottega.build.actions import ACTIONS, InputError
from bottega.build.actions.upload_obs import UploadObsInputs
from tests.agent.runner.attempts import Attempts, log_lines, sh
from tests.support.buckets import Buckets

SECRET = "a-secret-key-of-forty-characters-or-so"


class Target:
    """A bucket as tasks and tests see it."""

    def __init__(self, buckets: Buckets) -> None:
        self.endpoint = buckets.endpoint
        self.name = buckets.new().url.split("/")[2]
        self.env = {"OBS_ENDPOINT": buckets.endpoint, "OBS_ACCESS_KEY": "key", "OBS_SECRET_KEY": SECRET}

    def store(self) -> S3Store:
        options: Any = {
            "endpoint": self.endpoint,
            "region": "us-east-1",
            "client_options": {"allow_http": True},
        }
        return S3Store(self.name, access_key_id="key", secret_access_key="secret", **options)

    def keys(self) -> list[str]:
        text = httpx.get(f"{self.endpoint}/{self.name}", trust_env=False, verify=False).text
        return [part.partition("</Key>")[0] for part in text.split("<Key>")[1:]]


@pytest.fixture
def target(buckets: Buckets) -> Target:
    return Target(buckets)


def upload(**inputs: Any) -> dict[str, Any]:
    return {"key": "stage2", "name": "Upload", "action": "upload_obs", "inputs": inputs, "label": "ext"}


def run(attempts: Attempts, target: Target, command: str, **inputs: Any) -> tuple[Spool, dict[str, Any]]:
    step = upload(bucket_name=target.name, **inputs)
    return attempts.run(sh(command), step, env=target.env, secrets=[SECRET])


def test_files_are_uploaded_under_their_names_with_their_headers(attempts: Attempts, target: Target) -> None:
    headers = {"Content-Type": "text/x-one", "x-obs-meta-Origin": "build", "x-obs-acl": "public-read"}
    command = "mkdir -p bin/deep && echo one >bin/one && echo two >bin/two && echo no >bin/deep/no"
    spool, report = run(attempts, target, command, obs_directory="./some/place/", headers=headers)
    assert report["outcome"] == "success", log_lines(spool)
    assert target.keys() == ["some/place/one", "some/place/two"]
    answer = obstore.get(target.store(), "some/place/one")
    assert answer.attributes == {"Content-Type": "text/x-one", "origin": "build"}
    assert bytes(answer.bytes()) == b"one\n"
    lines = log_lines(spool)
    assert any(line.endswith(f"bin/one (4 bytes) uploaded as {target.name}/some/place/one") for line in lines)
    assert "WARN [Upload:ext] : the header 'x-obs-acl' is not sent" in lines
    assert not any(SECRET in line for line in lines)


def test_folders_keep_their_structure_when_they_are_wanted(attempts: Attempts, target: Target) -> None:
    command = (
        "mkdir -p out/site/css && echo a >out/site/index.html && echo b >out/site/css/a.css && echo c >out/c"
    )
    inputs = {"backetName": target.name, "artifactSourcePath": "out/site", "uploadDirectory": True}
    more = {"objectKey": "./", "obsHeaders": [{"headerKey": "", "headerValue": ""}], "authorizationUser": {}}
    spool, report = attempts.run(sh(command), upload(**inputs, **more), env=target.env)
    assert report["outcome"] == "success", log_lines(spool)
    assert target.keys() == ["site/css/a.css", "site/index.html"]


def test_a_large_file_goes_up_in_parts_under_the_name_it_is_given(attempts: Attempts, target: Target) -> None:
    command = "mkdir bin && head -c 20000000 /dev/zero >bin/large"
    spool, report = run(attempts, target, command, artifact_dest_name="renamed.bin")
    assert report["outcome"] == "success", log_lines(spool)
    assert obstore.head(target.store(), "renamed.bin")["size"] == 20_000_000


@pytest.mark.parametrize(
    ("command", "inputs", "reason"),
    [
        ("true", {}, "no file matches 'bin/*': nothing is uploaded (DEV.CB.0220021)"),
        (
            "mkdir a b && touch a/x b/x",
            {"artifact_path": "*/x"},
            "two files would become 'x': 'a/x' and 'b/x'",
        ),
        (
            "mkdir bin && ln -s /etc/hostname bin/link && ln -s / bin/root",
            {"artifact_path": "bin/**"},
            "no file matches 'bin/**': nothing is uploaded (DEV.CB.0220021)",
        ),
    ],
)
def test_what_cannot_be_uploaded_is_said_and_nothing_is(
    attempts: Attempts, target: Target, command: str, inputs: dict[str, Any], reason: str
) -> None:
    spool, report = run(attempts, target, command, **inputs)
    assert (report["outcome"], report["exit_code"]) == ("failure", 1)
    assert report["reason"] == f"Step 'Upload' failed: {reason}"
    assert f"ERROR [Upload:ext] : {reason}" in log_lines(spool)
    assert target.keys() == []


def test_the_store_says_why_it_refuses(attempts: Attempts, target: Target) -> None:
    target.name = "no-such-bucket"
    spool, report = run(attempts, target, "mkdir bin && echo one >bin/one")
    assert "'bin/one' cannot be uploaded to the bucket no-such-bucket: " in report["reason"], log_lines(spool)
    assert "NoSuchBucket" in report["reason"] or "not found" in report["reason"].lower()


def test_keys_an_address_and_the_network_are_needed(attempts: Attempts, target: Target) -> None:
    def reason(**spec: Any) -> str:
        return attempts.run(upload(bucket_name=target.name), **spec)[1]["reason"]

    missing = "OBS_ENDPOINT and OBS_SECRET_KEY must be parameters of the task; make the keys private ones"
    assert reason(env={"OBS_ACCESS_KEY": "key"}).endswith(missing)
    wrong = {**target.env, "OBS_ENDPOINT": "file:///etc"}
    assert reason(env=wrong).endswith("must be an address such as https://obs.cn-north-4.myhuaweicloud.com")
    assert reason(env=target.env, network=False).endswith("nothing is uploaded: this build has no network")


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "bucket_name is required"),
        ({"bucket_name": "a/b"}, "bucket_name must be the name of a bucket"),
        ({"bucket_name": "aaa", "artifact_path": "../x"}, "artifact_path must be a path below the workspace"),
        ({"bucket_name": "aaa", "obs_directory": "a/../b"}, "obs_directory must not contain '..'"),
        ({"bucket_name": "aaa", "artifact_dest_name": "a\nb"}, "artifact_dest_name must not contain"),
        ({"bucket_name": "aaa", "obs_directory": "é" * 300}, "obs_directory must have at most 512 bytes"),
        (
            {"bucket_name": "aaa", "artifact_dest_name": "a", "upload_directory": "true"},
            "artifact_dest_name cannot be given together with a whole folder",
        ),
        ({"bucket_name": "aaa", "headers": "x"}, "headers must be a map of headers"),
        ({"bucket_name": "aaa", "headers": {"a": "b\r\nc: d"}}, "headers 'a' has characters"),
        (
            {"backetName": "aaa", "obsHeaders": ["x"]},
            "obsHeaders must be a list of headerKey and headerValue",
        ),
        ({"backetName": "aaa", "obsHeaders": [{"headerKey": []}]}, "obsHeaders headerKey must be a text"),
    ],
)
def test_inputs_that_cannot_be_meant_are_refused(inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as refusal:
        ACTIONS["upload_obs"].check(inputs)
    assert str(refusal.value).startswith(message)


def test_the_defaults_are_those_of_the_original() -> None:
    found = UploadObsInputs({"bucket_name": "aaa"})
    assert (found.pattern, found.folder, found.name, found.directory) == ("bin/*", "", "", False)
