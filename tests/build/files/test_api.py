"""The file manager's operations through the official SDK and over plain HTTP."""

import re
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from huaweicloudsdkcodeartsbuild.v3 import (
    AddKeystorePermissionRequest,
    AddKeystorePermissionRequestBody,
    DeleteKeystorePermissionRequest,
    DeleteKeystoreRequest,
    DownloadKeystoreByNameRequest,
    DownloadKeystoreRequest,
    ListKeystoreRequest,
    ListKeystoreSearchRequest,
    ShowKeystorePermissionRequest,
    UpdateKeystorePermissionRequest,
    UpdateKeystorePermissionRequestBody,
    UpdateKeystoreRequest,
    UpdateKeystoreRequestBody,
    UploadKeystoreRequest,
    UploadKeystoreRequestBody,
)
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcore.http.formdata import FormFile

from bottega.build.files.service import FILES_PER_TENANT, MAX_BYTES
from tests.build.api.test_contract import missing
from tests.build.harness import Server
from tests.build.permissions.people import LOOKER, colleague

CONTENT = b"\x00\xffkey material\r\n--boundary--\r\n"
TIME = re.compile(r"\d{4}-[1-9]\d?-[1-9]\d? \d\d:\d\d")
UPLOAD = "/v2/keystore/upload"


def call(server: Server, caller: str, method: str, path: str, **options: Any) -> httpx.Response:
    with server.caller(caller) as http:
        return http.request(method, path, **options)


def upload(server: Server, name: str = "a.xml", content: bytes = CONTENT) -> str:
    answer = server.http.post(UPLOAD, files={"file": (name, content)}, data={"privacy": "true"})
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]["keystore_id"]


def listed(server: Server, caller: str = "alice", **query: Any) -> dict[str, Any]:
    answer = call(server, caller, "GET", "/v2/keystore/list", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def add_guest(server: Server) -> str:
    """A user of alice's tenant without rights; returns the id."""
    guest = colleague(server.services.database, server.callers["alice"], "guest", LOOKER)
    server.callers["guest"] = guest
    return guest.user_id


def bytes_of(response: Any) -> bytes:
    parts: list[bytes] = []
    response.consume_download_stream(lambda stream: parts.extend(stream.iter_content(65536)))
    return b"".join(parts)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error_code"]


def test_the_sdk_does_all_a_file_can_be_asked_for(server: Server, tmp_path: Path) -> None:
    guest_id = add_guest(server)
    tenant_id = server.callers["alice"].tenant_id
    client, guest = server.sdk("alice"), server.sdk("guest")
    path = tmp_path / "签名 key.jks"
    path.write_bytes(CONTENT)
    body = UploadKeystoreRequestBody(file=FormFile(str(path)), privacy="true", description="signing")
    file_id = client.upload_keystore(UploadKeystoreRequest(body=body)).result.keystore_id

    result = client.list_keystore_search(ListKeystoreSearchRequest(page_size=10, page=1)).result
    (row,) = result.keystore_list
    assert (result.total, row.id, row.keystore_name, row.share) == (1.0, file_id, "签名 key.jks", 0.0)
    assert (row.create_user_name, row.domain_id, row.description) == ("admin", tenant_id, "signing")
    assert row.permission.setting and row.permission.delete and row.permission.modify and row.permission.usage

    change = UpdateKeystoreRequestBody(id=file_id, description="", keystore_name="sign.jks", share=1)
    assert client.update_keystore(UpdateKeystoreRequest(id=file_id, body=change)).status == "success"
    (named,) = guest.list_keystore(ListKeystoreRequest()).result
    assert (named.id, named.keystore_name) == (file_id, "sign.jks")

    by_name = DownloadKeystoreRequest(file_name="sign.jks", domain_id=tenant_id)
    assert bytes_of(guest.download_keystore(by_name)) == CONTENT
    by_id = DownloadKeystoreByNameRequest(name="sign.jks", domain_id=tenant_id, id=file_id)
    assert bytes_of(client.download_keystore_by_name(by_id)) == CONTENT

    added = client.add_keystore_permission(
        AddKeystorePermissionRequest(
            body=AddKeystorePermissionRequestBody(
                keystore_id=file_id,
                user_id=guest_id,
                user_name="guest",
                setting=False,
                delete=False,
                modify=False,
                usage=True,
                can_absent=True,
            )
        )
    ).result
    edit = UpdateKeystorePermissionRequestBody(
        id=added,
        keystore_id=file_id,
        user_name="guest",
        delete=True,
        modify=True,
        usage=True,
        can_absent=True,
    )
    assert client.update_keystore_permission(UpdateKeystorePermissionRequest(body=edit)).status == "success"
    shown = ShowKeystorePermissionRequest(keystore_id=file_id, page_size=10, page="1")
    rows = client.show_keystore_permission(shown).result
    assert [(one.user_name, one.is_creator, one.can_absent) for one in rows.permission_list] == [
        ("admin", True, False),
        ("guest", False, True),
    ]
    assert (rows.total, rows.permission_list[1].id, rows.permission_list[1].delete) == (2, added, True)
    removal = DeleteKeystorePermissionRequest(permission_id=added)
    assert client.delete_keystore_permission(removal).result == ""

    with pytest.raises(ClientRequestException) as refused:
        guest.delete_keystore(DeleteKeystoreRequest(keystore_id=file_id))
    assert (refused.value.status_code, refused.value.error_code) == (403, "CB.00060403")
    assert client.delete_keystore(DeleteKeystoreRequest(keystore_id=file_id)).result is None
    with pytest.raises(ClientRequestException) as gone:
        client.download_keystore(by_name)
    assert (gone.value.status_code, gone.value.error_code) == (422, "CB.00031006")


def test_answers_have_the_frames_and_fields_of_the_contract(server: Server) -> None:
    file_id = upload(server)
    answer = server.http.get("/v2/keystore/list").json()
    assert missing("ListKeystoreSearchResponse", answer) == []
    (row,) = answer["result"]["keystore_list"]
    assert TIME.fullmatch(row["create_time"])
    assert TIME.fullmatch(row["update_time"])
    assert row["create_time_stamp"].isdecimal() and len(row["create_time_stamp"]) == 10
    assert (answer["status"], answer["error"]) == ("success", None)
    names = server.http.get("/v2/keystore/name").json()
    assert names == {"status": "success", "result": [{"keystore_name": "a.xml", "id": file_id}]}
    path = f"/v2/keystore/permission/{file_id}/query?page_size=0&page=1"
    assert missing("ShowKeystorePermissionResponse", server.http.get(path).json()) == []
    body = {"id": file_id, "description": "", "keystore_name": "a.xml", "share": 0}
    changed = server.http.post(f"/v2/keystore/update/{file_id}", json=body).json()
    assert changed == {"error": None, "status": "success"}
    gone = server.http.delete(f"/v2/keystore/{file_id}/delete").json()
    assert gone == {"result": None, "error": None, "status": "success"}


def test_lists_are_walked_page_by_page_until_an_empty_one(server: Server) -> None:
    for number in range(5):
        upload(server, f"{number}.xml")
    pages = [listed(server, page=page, page_size=2)["keystore_list"] for page in range(1, 5)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert {row["keystore_name"] for page in pages for row in page} == {f"{n}.xml" for n in range(5)}
    assert listed(server, search="3")["total"] == 1
    assert listed(server, "bob") == {"total": 0, "keystore_list": []}


def test_pages_and_filters_that_make_no_sense_are_refused(server: Server) -> None:
    file_id = upload(server)
    of_files = ("page=0", "page=-1", "page_size=0", "page_size=101", "page=x", "search=%00")
    of_rows = (
        "page=1",
        "page_size=10",
        "page_size=9&page=0",
        "page_size=101&page=1",
        "page_size=1&page=%C2%B2",
    )
    for path, queries in (
        ("/v2/keystore/list", of_files),
        (f"/v2/keystore/permission/{file_id}/query", of_rows),
    ):
        for query in queries:
            assert refusal(server.http.get(f"{path}?{query}")) == (400, "CB.00060200"), (path, query)


def test_uploads_are_refused_with_the_codes_of_the_reference(server: Server) -> None:
    def refused(name: str, content: bytes, **fields: str) -> tuple[int, str]:
        data = {"privacy": "true", **fields}
        return refusal(server.http.post(UPLOAD, files={"file": (name, content)}, data=data))

    assert refused("empty.xml", b"") == (400, "CB.00060212")
    assert refused("x" * 497 + ".xml", CONTENT) == (400, "CB.00060203")
    assert refused("a/b.xml", CONTENT) == (400, "CB.00060203")
    assert refused("run.sh", CONTENT) == (400, "CB.00060200")
    assert refused("a.xml", b"x" * (MAX_BYTES + 1)) == (400, "CB.00060200")
    assert refused("a.xml", CONTENT, description="\0") == (400, "CB.00060200")
    assert refused("a.xml", CONTENT, privacy="false") == (400, "CB.00060200")
    assert refused("a.xml", b"x" * (3 << 20)) == (413, "APIGW.0201")
    two = [("file", (f"{number}.xml", CONTENT)) for number in range(2)]
    answer = server.http.post(UPLOAD, files=two, data={"privacy": "true"})
    assert refusal(answer) == (400, "CB.00060213")
    assert listed(server)["total"] == 0
    for number in range(FILES_PER_TENANT):
        upload(server, f"{number}.xml")
    assert refused("one-more.xml", CONTENT) == (400, "CB.00060213")


FORM = 'form-data; name="file"; filename="a.xml"'


def part(disposition: str, content: bytes) -> bytes:
    return f"--b\r\nContent-Disposition: {disposition}\r\n\r\n".encode("latin-1") + content + b"\r\n"


CONSENT = part('form-data; name="privacy"', b"true")
END = b"--b--\r\n"
BROKEN_FORMS = [
    b"",
    END,
    b"no form at all",
    b"--b\r\n\r\n",
    b"--b\r\nContent-Disposition",
    part(FORM, b"x"),
    part(FORM, b"x") + CONSENT,
    part(FORM, b"x") + END,
    CONSENT + END,
    part('form-data; name="file"', b"no file") + CONSENT + END,
    part('form-data; name="file"; filename=""', b"x") + CONSENT + END,
    part('form-data; name="other"; filename="a.xml"', b"x") + CONSENT + END,
    part(FORM, b"x") + part('form-data; name="privacy"', b"\xff\xfe") + END,
    part(FORM, b"x") + CONSENT + part('form-data; name="description"', b"\xff") + END,
    part(FORM, b"x") + part('form-data; name="privacy"; filename="p.xml"', b"true") + END,
    part(FORM, b"x") + CONSENT * 40 + END,
    part("form-data", b"x") + CONSENT + END,
    part('form-data; name="file"; filename="\xff\xfe.xml"', b"x") + CONSENT + END,
]


def test_broken_forms_are_refused_and_keep_nothing(server: Server) -> None:
    for body in BROKEN_FORMS:
        for kind in (
            "multipart/form-data; boundary=b",
            "multipart/form-data",
            "application/json",
            "x;y=\xff",
        ):
            headers = [(b"Content-Type", kind.encode("latin-1"))]
            answer = server.http.post(UPLOAD, content=body, headers=headers)
            assert answer.status_code == 400, (kind, body, answer.text)
            assert set(answer.json()) == {"error_code", "error_msg"}
    assert listed(server)["total"] == 0


def test_downloads_are_octets_under_a_harmless_name(server: Server) -> None:
    tenant_id = server.callers["alice"].tenant_id
    name = "a;\"é' x.xml"
    file_id = upload(server, "a.xml")
    change = {"id": file_id, "description": "", "keystore_name": name, "share": 0}
    assert server.http.post(f"/v2/keystore/update/{file_id}", json=change).status_code == 200
    query = {"name": name, "domain_id": tenant_id, "id": file_id}
    for path, params in (
        ("/v2/keystore/download", query),
        ("/v3/keystore", {"file_name": name, "domain_id": tenant_id}),
    ):
        answer = server.http.get(path, params=params)
        assert answer.content == CONTENT
        assert answer.headers["content-type"] == "application/octet-stream"
        disposition = answer.headers["content-disposition"]
        plain, encoded = "a____ x.xml", "a%3B%22%C3%A9%27%20x.xml"
        assert disposition == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
        assert answer.headers["cache-control"] == "no-store"


def test_downloads_need_right_ids_and_names(server: Server) -> None:
    alice, bob = server.callers["alice"], server.callers["bob"]
    file_id = upload(server)
    v3, v2 = "/v3/keystore", "/v2/keystore/download"

    def refused(path: str, caller: str = "alice", **query: str) -> tuple[int, str]:
        return refusal(call(server, caller, "GET", path, params=query))

    assert refused(v3, file_name="", domain_id=alice.tenant_id) == (400, "CB.00060203")
    assert refused(v3, file_name="x" * 501, domain_id=alice.tenant_id) == (400, "CB.00060203")
    assert refused(v3, file_name="\0", domain_id=alice.tenant_id) == (400, "CB.00060203")
    assert refused(v3, file_name="a.xml", domain_id="A" * 32) == (400, "CB.00060200")
    assert refused(v3, file_name="a.xml") == (400, "CB.00060200")
    assert refused(v2, name="a.xml", domain_id=alice.tenant_id, id="?") == (400, "CB.00060200")
    unknown = refused(v2, name="a.xml", domain_id=alice.tenant_id, id="0" * 32)
    assert unknown == (422, "DEVCB.00031006")
    assert refused(v2, "bob", name="a.xml", domain_id=alice.tenant_id, id=file_id) == unknown
    assert refused(v2, "bob", name="a.xml", domain_id=bob.tenant_id, id=file_id) == unknown
    theirs = refused(v3, "bob", file_name="a.xml", domain_id=alice.tenant_id)
    assert theirs == refused(v3, "bob", file_name="z.xml", domain_id=bob.tenant_id) == (422, "CB.00031006")


def test_ids_that_cannot_be_ids_are_refused_before_anything_is_looked_up(server: Server) -> None:
    file_id = upload(server)
    body = {"id": file_id, "description": "", "keystore_name": "b.xml", "share": 0}
    flags = dict.fromkeys(("setting", "delete", "modify", "usage", "can_absent"), True)
    permission = {"keystore_id": file_id, "user_id": "0" * 32, "user_name": "guest", **flags}
    calls: list[tuple[str, str, Any]] = [
        ("POST", f"/v2/keystore/update/{'0' * 32}", body),
        ("POST", "/v2/keystore/update/x%00", {**body, "id": "x\0"}),
        ("POST", f"/v2/keystore/update/{file_id}", {**body, "share": 2}),
        ("POST", f"/v2/keystore/update/{file_id}", {**body, "share": "yes"}),
        ("POST", f"/v2/keystore/update/{file_id}", {"id": file_id}),
        ("DELETE", "/v2/keystore/%00/delete", None),
        ("GET", "/v2/keystore/permission/%00/query?page_size=1&page=1", None),
        ("DELETE", "/v2/keystore/permission/%00/delete", None),
        ("POST", "/v2/keystore/permission/add", permission),
        ("POST", "/v2/keystore/permission/add", {**permission, "user_id": "\0"}),
        ("POST", "/v2/keystore/permission/add", {**permission, "keystore_id": "\0"}),
        ("POST", "/v2/keystore/permission/add", {**permission, "usage": "sometimes"}),
        ("POST", "/v2/keystore/permission/edit", {**permission, "id": "\0"}),
        ("POST", "/v2/keystore/permission/edit", {}),
    ]
    for method, path, sent in calls:
        answer = server.http.request(method, path, json=sent)
        assert refusal(answer) == (400, "CB.00060200"), (method, path, sent)
    (row,) = listed(server)["keystore_list"]
    assert (row["keystore_name"], row["share"]) == ("a.xml", 0)


def test_a_shared_file_shows_others_that_they_may_use_it(server: Server) -> None:
    file_id = upload(server)
    add_guest(server)
    assert listed(server, "guest")["total"] == 0
    change = {"id": file_id, "description": "", "keystore_name": "a.xml", "share": 1}
    assert server.http.post(f"/v2/keystore/update/{file_id}", json=change).status_code == 200
    (row,) = listed(server, "guest")["keystore_list"]
    assert row["share"] == 1
    expected = {"keystore_id": file_id, "setting": False, "delete": False, "modify": False, "usage": True}
    assert row["permission"] == expected
    for answer in (
        call(server, "guest", "POST", f"/v2/keystore/update/{file_id}", json=change),
        call(server, "guest", "DELETE", f"/v2/keystore/{file_id}/delete"),
        call(server, "guest", "GET", f"/v2/keystore/permission/{file_id}/query?page_size=1&page=1"),
        call(server, "guest", "POST", UPLOAD, files={"file": ("b.xml", b"x")}, data={"privacy": "true"}),
    ):
        assert refusal(answer) == (403, "CB.00060403")


def test_the_setting_right_is_edited_only_when_it_is_named(server: Server) -> None:
    guest_id = add_guest(server)
    file_id = upload(server)
    flags = dict.fromkeys(("setting", "delete", "modify", "usage", "can_absent"), False)
    body = {"keystore_id": file_id, "user_id": guest_id, "user_name": "guest", **flags, "setting": True}
    added = server.http.post("/v2/keystore/permission/add", json=body).json()["result"]
    edit: dict[str, Any] = {"id": added, "keystore_id": file_id, "user_name": "guest", **flags}
    del edit["setting"]
    path = f"/v2/keystore/permission/{file_id}/query?page_size=10&page=1"
    for sent, expected in (
        (edit, True),
        ({**edit, "setting": None}, True),
        ({**edit, "setting": False}, False),
    ):
        assert server.http.post("/v2/keystore/permission/edit", json=sent).status_code == 200
        row = server.http.get(path).json()["result"]["permission_list"][1]
        assert row["setting"] is expected


def test_no_content_is_in_what_the_server_keeps(server: Server) -> None:
    marker = b"marker-that-must-stay-sealed"
    upload(server, content=marker * 100)
    kept = [path for path in server.services.settings.data.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in kept)
    assert [path for path in kept if marker in path.read_bytes()] == []


def test_a_caller_whose_name_changed_in_the_request_is_still_themselves(server: Server) -> None:
    alice = server.callers["alice"]
    server.callers["renamed"] = msgspec.structs.replace(alice, user_name="renamed")
    file_id = upload(server)
    change = {"id": file_id, "description": "", "keystore_name": "a.xml", "share": 0}
    assert call(server, "renamed", "POST", f"/v2/keystore/update/{file_id}", json=change).is_success
    (row,) = listed(server)["keystore_list"]
    assert (row["create_user_name"], row["update_user_name"]) == ("admin", "renamed")
