"""The file manager of a real server, through the official SDK: builds that use files, and who does not get them."""

import hashlib
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from huaweicloudsdkcodeartsbuild.v3 import (
    DeleteKeystoreRequest,
    DownloadKeystoreByNameRequest,
    ListKeystoreRequest,
    ListKeystoreSearchRequest,
    UpdateKeystoreRequest,
    UpdateKeystoreRequestBody,
    UploadKeystoreRequest,
    UploadKeystoreRequestBody,
)
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcore.http.formdata import FormFile

from tests.support.server import Api, Server, sdk_client
from tests.support.waiting import eventually

DOWNLOAD = "devcloud2018.codeci_action_20061.action"
SHELL = "devcloud2018.codeci_action_20017.action"
KILOBYTES = 1024


@pytest.fixture
def client(server: Server) -> Iterator[Any]:
    client = sdk_client(server)
    yield client
    known = client.list_keystore(ListKeystoreRequest()).result
    for file in known:
        client.delete_keystore(DeleteKeystoreRequest(keystore_id=file.id))
    client.get_http_client().close()


def upload(client: Any, folder: Path, name: str, content: bytes) -> str:
    path = folder / name
    path.write_bytes(content)
    body = UploadKeystoreRequestBody(file=FormFile(str(path)), privacy="true", description="for tests")
    return client.upload_keystore(UploadKeystoreRequest(body=body)).result.keystore_id


def step(module: str, title: str, **properties: str) -> dict[str, Any]:
    return {"module_id": module, "name": title, "enable": True, "properties": properties}


def make_task(api: Api, name: str, files: list[str], command: str) -> str:
    steps = [step(DOWNLOAD, f"Get {number}", name=file) for number, file in enumerate(files)]
    return api.create_task("", name, steps=[*steps, step(SHELL, "Look", command=command)])


def as_another_user(server: Server) -> Api:
    """A developer of the first tenant who has a part in nothing yet."""
    name = f"guest-{secrets.token_hex(4)}"
    added = json.loads(server.admin("add-user", name, "--group", "developers"))
    return Api(server.endpoint, {**server.credentials, "user_name": name, "password": added["password"]})


def files_with(data: Path, marker: bytes) -> list[str]:
    """Files of the data folder that hold the marker; what vanishes while we look holds nothing any more."""
    found: list[str] = []
    for path in data.rglob("*"):
        try:
            if path.is_file() and marker in path.read_bytes():
                found.append(str(path.relative_to(data)))
        except FileNotFoundError:
            continue
    return found


def test_a_build_uses_a_file_and_nothing_of_it_stays_behind(
    client: Any, server: Server, api: Api, tmp_path: Path
) -> None:
    marker = f"marker-{secrets.token_hex(12)}".encode()
    content = b"\x00\xff" + marker * 500
    file_id = upload(client, tmp_path, "release.jks", content)
    (listed,) = client.list_keystore_search(ListKeystoreSearchRequest(search="release")).result.keystore_list
    assert (listed.id, listed.permission.usage) == (file_id, True)
    assert files_with(server.data, marker) == []

    job_id = make_task(
        api, "with-a-file", ["release.jks"], "sha256sum release.jks; stat -c 'mode %a' release.jks"
    )
    record = api.wait(job_id, api.execute(job_id))
    log = api.log(record, "DEBUG")
    assert record["status"] == "SUCCESS", log
    assert f"{hashlib.sha256(content).hexdigest()}  release.jks" in log
    assert "mode 600" in log
    assert marker.decode() not in log
    eventually(lambda: files_with(server.data, marker) == [])
    assert marker not in server.output.read_bytes()

    domain_id = server.credentials["domain_id"]
    request = DownloadKeystoreByNameRequest(name="release.jks", domain_id=domain_id, id=file_id)
    assert marker.decode() * 500 in downloaded_raw(client, request)


def downloaded_raw(client: Any, request: Any) -> str:
    parts: list[bytes] = []
    response = client.download_keystore_by_name(request)
    response.consume_download_stream(lambda stream: parts.extend(stream.iter_content(65536)))
    return b"".join(parts).decode("latin-1")


def test_a_build_without_the_step_finds_the_file_nowhere(
    client: Any, server: Server, api: Api, tmp_path: Path
) -> None:
    marker = f"marker-{secrets.token_hex(12)}"
    upload(client, tmp_path, "shared.pem", marker.encode())
    holder = make_task(api, "holds-the-file", ["shared.pem"], "until test -e enough; do sleep 0.1; done")
    number = api.execute(holder)
    holding = f"/v3/jobs/{holder}/{number}/real-time-log?offset=0"
    eventually(lambda: "bytes written" in api.call("GET", holding)["result"]["content"], 30.0)
    search = f"{server.data}/agent /workspace /home /tmp /proc/[0-9]*/cwd"
    command = (
        f"test ! -e shared.pem; find {search} -name shared.pem -exec cat {{}} + 2>/dev/null; "
        f"cat {server.data}/agent/spool/*/file.0 2>/dev/null; echo searched"
    )
    seeker = api.create_task(f"set +e\n{command}", "seeks-the-file")
    record = api.wait(seeker, api.execute(seeker))
    log = api.log(record)
    assert record["status"] == "SUCCESS", log
    assert "searched" in log
    assert marker not in log
    api.call("POST", f"/v1/job/{holder}/stop", json={"build_no": int(number)})
    assert api.wait(holder, number)["status"] == "ABORTED"
    eventually(lambda: files_with(server.data, marker.encode()) == [])


def test_a_user_without_the_right_cannot_have_it_built_nor_downloaded(
    client: Any, server: Server, api: Api, tmp_path: Path
) -> None:
    file_id = upload(client, tmp_path, "settings.xml", b"<settings/>")
    job_id = make_task(api, "needs-settings", ["settings.xml"], "cat settings.xml")
    guest = as_another_user(server)

    def refused(answer: httpx.Response) -> tuple[int, str]:
        return answer.status_code, answer.json()["error_code"]

    run = {"job_id": job_id}
    download = {"file_name": "settings.xml", "domain_id": server.credentials["domain_id"]}
    assert refused(guest.http.post("/v1/job/execute", json=run)) == (403, "CB.00060403")
    assert refused(guest.http.get("/v3/keystore", params=download)) == (403, "CB.00060403")
    assert guest.call("GET", "/v2/keystore/name")["result"] == []

    change = UpdateKeystoreRequestBody(id=file_id, description="", keystore_name="settings.xml", share=1)
    client.update_keystore(UpdateKeystoreRequest(id=file_id, body=change))
    record = guest.wait(job_id, guest.execute(job_id))
    assert record["status"] == "SUCCESS"
    assert "<settings/>" in guest.log(record)
    assert guest.http.get("/v3/keystore", params=download).content == b"<settings/>"
    guest.http.close()


def test_a_file_that_was_deleted_fails_the_build_with_its_name(client: Any, api: Api, tmp_path: Path) -> None:
    file_id = upload(client, tmp_path, "gone.crt", b"certificate")
    job_id = make_task(api, "needs-a-certificate", ["gone.crt"], "echo not reached")
    assert api.wait(job_id, api.execute(job_id))["status"] == "SUCCESS"
    client.delete_keystore(DeleteKeystoreRequest(keystore_id=file_id))
    record = api.wait(job_id, api.execute(job_id))
    assert record["status"] == "FAILURE"
    assert "'gone.crt': the file manager has no file of this name" in record["err_msg"]
    log = api.log(record)
    assert "the file manager has no file of this name" in log
    assert "] not reached" not in log


def test_twenty_of_the_largest_files_reach_one_build(client: Any, api: Api, tmp_path: Path) -> None:
    names = [f"large-{number}.key" for number in range(20)]
    contents = [secrets.token_bytes(100 * KILOBYTES) for _ in names]
    for name, content in zip(names, contents, strict=True):
        upload(client, tmp_path, name, content)
    job_id = make_task(api, "large-files", names, "cat large-?.key large-1?.key | sha256sum")
    record = api.wait(job_id, api.execute(job_id))
    log = api.log(record)
    assert record["status"] == "SUCCESS", log
    assert hashlib.sha256(b"".join(contents)).hexdigest() in log


def test_another_tenant_has_nothing_of_it(client: Any, server: Server, api: Api, tmp_path: Path) -> None:
    file_id = upload(client, tmp_path, "ours.xml", b"ours")
    change = UpdateKeystoreRequestBody(id=file_id, description="", keystore_name="ours.xml", share=1)
    client.update_keystore(UpdateKeystoreRequest(id=file_id, body=change))
    other = json.loads(server.admin("add-tenant", f"other-{secrets.token_hex(4)}"))
    theirs = sdk_client(server, credentials=other)
    assert theirs.list_keystore(ListKeystoreRequest()).result == []
    for domain_id in (other["domain_id"], server.credentials["domain_id"]):
        request = DownloadKeystoreByNameRequest(name="ours.xml", domain_id=domain_id, id=file_id)
        with pytest.raises(ClientRequestException) as refused:
            theirs.download_keystore_by_name(request)
        assert (refused.value.status_code, refused.value.error_code) == (422, "DEVCB.00031006")
    theirs.get_http_client().close()
    stranger = Api(server.endpoint, other)
    job_id = make_task(stranger, "wants-ours", ["ours.xml"], "cat ours.xml")
    record = stranger.wait(job_id, stranger.execute(job_id))
    assert record["status"] == "FAILURE"
    assert "the file manager has no file of this name" in record["err_msg"]
    stranger.http.close()
