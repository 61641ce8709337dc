"""Artifacts on a real server: from a build's workspace into the release repository, and out of it."""

import hashlib
from typing import Any

from huaweicloudsdkcodeartsbuild.v3 import ShowOutputInfoRequest

from tests.support.server import Api, Server, sdk_client

UPLOAD = "devcloud2018.codeci_action_20018.action"
SHELL = "devcloud2018.codeci_action_20017.action"


def step(module: str, name: str, **properties: Any) -> dict[str, Any]:
    return {"module_id": module, "name": name, "enable": True, "properties": properties}


def build(api: Api, name: str, command: str, *uploads: dict[str, Any]) -> tuple[str, dict[str, Any], str]:
    steps = [step(SHELL, "Make", command=command)]
    steps += [step(UPLOAD, f"Upload {number}", **one) for number, one in enumerate(uploads)]
    job_id = api.create_task("", name, steps=steps)
    record = api.wait(job_id, api.execute(job_id))
    return job_id, record, api.log(record)


def test_the_sdk_shows_what_a_build_uploaded_and_it_can_be_downloaded(server: Server, api: Api) -> None:
    command = (
        "mkdir -p a/target && printf 'the jar' >a/target/shop.jar && printf 'the war' >a/target/shop.war"
    )
    upload = {"file": "**/target/*.?ar", "remainOriginPath": "FLAT", "preCondition": "SUCCESS"}
    job_id, record, log = build(api, "uploading", command, upload)
    assert record["status"] == "SUCCESS", log
    digest = hashlib.sha256(b"the jar").hexdigest()
    assert f"a/target/shop.jar: 7 bytes, sha256 {digest}" in log

    client = sdk_client(server)
    found = client.show_output_info(ShowOutputInfoRequest(job_id=job_id, build_no=1)).result
    client.get_http_client().close()
    assert sorted(found.package_infos) == ["shop.jar", "shop.war"]
    jar = found.package_infos["shop.jar"]
    assert (jar.name, jar.project_id) == ("shop.jar", api.project_id)
    assert jar.version == jar.daily_build_number
    assert found.image_infos is None

    answer = api.http.get(jar.uri)
    assert (answer.status_code, answer.content) == (200, b"the jar")
    assert answer.headers["etag"] == f'"{digest}"'
    live = api.call("GET", f"/v1/job/{job_id}/1/output")["result"]
    assert set(live["package_infos"]) == {"shop.jar", "shop.war"}
