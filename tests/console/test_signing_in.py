"""Who sees pages, how one signs in and out, and what forms have to prove."""

from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest

from bottega.console.headers import CONTENT_SECURITY_POLICY
from bottega.console.places import onward
from bottega.iam.tenants import Credentials
from tests.console.conftest import Visitor
from tests.support.application import Application, World

Visit = Callable[[Credentials], Visitor]


def test_browsers_are_led_from_the_root_to_the_console_and_clients_of_the_api_are_not(
    app: Application,
) -> None:
    led = app.stranger.get("/", headers={"Accept": "text/html,application/xhtml+xml"})
    assert (led.status_code, led.headers["location"]) == (303, "/console")
    assert app.stranger.get("/").json()["name"] == "Bottega"


@pytest.mark.parametrize(
    "path",
    ["", "/builds", "/checks", "/records/x", "/records/x/log/file", "/builds/x/caches", "/artifacts/x"],
)
def test_strangers_are_asked_to_sign_in_and_led_back_then(app: Application, path: str) -> None:
    answer = app.stranger.get(f"/console{path}?text=a%20b")
    assert (answer.status_code, answer.text) == (303, "")
    place = urlsplit(answer.headers["location"])
    assert place.path == "/console/sign-in"
    page = app.stranger.get(answer.headers["location"]).text
    assert f'name="next" value="/console{path}?text=a%20b"' in page


def test_strangers_can_change_nothing(app: Application, world: World, mine: Visitor) -> None:
    pages = (f"/console/builds/{world.job_id}", f"/console/builds/{world.job_id}/caches")
    before = [mine.get(page).count("<tr>") for page in pages]
    for path in (f"{pages[0]}/run", f"{pages[1]}/clear", f"/console/records/{world.record_id}/again"):
        answer = app.stranger.post(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")
    assert [mine.get(page).count("<tr>") for page in pages] == before


def test_the_session_is_a_cookie_that_scripts_cannot_read_and_the_api_never_gets(
    app: Application, visit: Visit
) -> None:
    visitor = Visitor(app.url)
    answer = visitor.sign_in(app.mine)
    cookie = answer.headers["set-cookie"]
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    assert cookie.startswith("bottega_session=")
    for part in ("HttpOnly", "Path=/console", "SameSite=lax", "Max-Age=86400"):
        assert part in cookie
    assert "Secure" not in cookie
    # Not even if it were sent there.
    session = cookie.partition("=")[2].partition(";")[0]
    assert (
        app.stranger.get("/v1/job/list", headers={"Cookie": f"bottega_session={session}"}).status_code == 401
    )
    assert session not in visitor.get("/console")
    visitor.http.close()


def test_behind_an_encrypting_proxy_the_cookie_is_for_encrypted_connections_only(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.services.iam, "public_url", "https://bottega.example.com")
    visitor = Visitor(app.url)
    assert "; Secure" in visitor.sign_in(app.mine).headers["set-cookie"]
    visitor.http.close()


def test_who_signs_out_has_no_session_any_more_wherever_the_cookie_went(
    app: Application, visit: Visit
) -> None:
    visitor = visit(app.mine)
    session = visitor.http.cookies["bottega_session"]
    assert visitor.post("/console/sign-out").headers["location"] == "/console/sign-in"
    assert "bottega_session" not in visitor.http.cookies
    again = app.stranger.get("/console", headers={"Cookie": f"bottega_session={session}"})
    assert again.status_code == 303


def test_a_wrong_password_a_wrong_user_and_a_wrong_account_look_alike(app: Application) -> None:
    right = {"account": app.other.domain_name, "user": app.other.user_name, "password": app.other.password}
    told: set[str] = set()
    for name in right:
        answer = app.stranger.post("/console/sign-in", data={**right, name: "wrong"})
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        assert right["password"] not in answer.text
        told.add(answer.text.partition('id="fault">')[2].partition("<")[0])
    assert told == {"the user name, the account name or the password is wrong"}


def test_guessing_is_slowed_down(app: Application) -> None:
    fields = {"account": app.mine.domain_name, "user": "nobody", "password": "wrong"}
    answers = [app.stranger.post("/console/sign-in", data=fields) for _ in range(8)]
    assert answers[-1].status_code == 429
    assert "try again in" in answers[-1].text


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example.com/console",
        "//evil.example.com",
        "/console/../v1/job/list\r\nSet-Cookie: a=b",
        "/consoles",
        "\\\\evil",
        "/console//evil.example.com\\@",
        "javascript:alert(1)",
        "/console?" + "a" * 2000,
    ],
)
def test_signing_in_leads_to_no_other_place(wanted: str) -> None:
    assert onward(wanted) == "/console"


def test_signing_in_leads_to_where_one_wanted_to_go() -> None:
    for wanted in ("/console/builds?text=a%20b&page=2", "/console/checks/0123/issues?severity=0&severity=1"):
        assert onward(wanted) == wanted


@pytest.mark.parametrize("proof", ["", "0" * 64, "é"])
def test_a_form_without_the_proof_of_this_session_changes_nothing(
    app: Application, world: World, visit: Visit, mine: Visitor, proof: str
) -> None:
    path = f"/console/builds/{world.job_id}/run"
    before = mine.get(f"/console/builds/{world.job_id}").count('<th scope="row">')
    assert mine.http.post(path, data={"proof": proof}).status_code == 403
    assert mine.http.post(path, data={"proof": visit(app.mine).proof()}).status_code == 403
    assert mine.get(f"/console/builds/{world.job_id}").count('<th scope="row">') == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.com"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_forms_of_other_sites_are_refused_also_when_they_would_sign_somebody_in(
    app: Application, mine: Visitor, headers: dict[str, str]
) -> None:
    fields = {"account": app.mine.domain_name, "user": app.mine.user_name, "password": app.mine.password}
    refused = app.stranger.post("/console/sign-in", data=fields, headers=headers)
    assert (refused.status_code, "set-cookie" in refused.headers) == (403, False)
    proof = mine.proof()
    assert mine.http.post("/console/sign-out", data={"proof": proof}, headers=headers).status_code == 403
    mine.get("/console")


@pytest.mark.parametrize("inside", ["/console/static/x", "/console/sign-in"])
def test_no_host_header_opens_the_door(app: Application, world: World, inside: str) -> None:
    headers = {"Host": f"a{inside}?"}
    for path in ("/console", f"/console/builds/{world.job_id}", f"/console/records/{world.record_id}/log"):
        assert app.stranger.get(path, headers=headers).status_code in {303, 400}
    assert app.stranger.post("/console/sign-out", headers=headers).status_code in {303, 400}


def test_every_answer_forbids_what_a_page_does_not_need(app: Application, mine: Visitor) -> None:
    answers: list[httpx.Response] = [
        mine.http.get("/console"),
        mine.http.get("/console/nowhere"),
        mine.http.post("/console/sign-out", data={"proof": "wrong"}),
        app.stranger.get("/console"),
        app.stranger.get("/console/static/console.css"),
        app.stranger.get("/console/static/nothing.js"),
    ]
    for answer in answers:
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-request-id"]
    assert [answer.headers["cache-control"] for answer in answers[:4]] == ["no-store"] * 4
    assert "unsafe" not in CONTENT_SECURITY_POLICY


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"proof": 1}'),
        ("application/x-www-form-urlencoded", b"a=%ff"),
        ("application/x-www-form-urlencoded", b"\xff"),
        ("application/x-www-form-urlencoded", b"a=%00"),
        ("application/x-www-form-urlencoded", b"a=1&" * 2000),
        ("text/plain", b"proof=1"),
    ],
)
def test_what_is_no_form_is_refused(mine: Visitor, kind: str, body: bytes) -> None:
    answer = mine.http.post("/console/sign-out", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 400
    mine.get("/console")


def test_a_form_that_is_too_large_is_refused(mine: Visitor) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = mine.http.post("/console/sign-out", content=b"a=" + b"a" * 300_000, headers=kind)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "path", ["/console/nowhere", "/console/static/../pages.py", "/console/static/%2e%2e/pages.py"]
)
def test_what_is_not_there_is_a_page_too(mine: Visitor, path: str) -> None:
    assert "There is nothing" in mine.get(path, 404)
