"""Badges tell the truth, to those who may know."""

from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy import select

from bottega.badges.drawing import width
from bottega.badges.tables import PublicBadge
from bottega.build.badges import service
from bottega.build.badges.drawing import BadgeState, draw
from bottega.iam.principal import Right
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from tests.build.harness import Server, end_run, task_body
from tests.support.databases import seed_tenant

URL = "https://git.example.com/group/shop.git"
SVG = "{http://www.w3.org/2000/svg}"


class Badged:
    """A task of alice's with builds whose ends the tests choose."""

    def __init__(self, server: Server, project_id: str) -> None:
        self.server = server
        body = task_body(project_id, "task", scms=[{"url": URL, "branch": "main"}])
        self.body = body
        self.job_id: str = server.http.post("/v1/job/create", json=body).json()["result"]["job_id"]

    @property
    def path(self) -> str:
        return f"/v1/job/{self.job_id}/badge"

    def build(self, state: str = "", branch: str = "") -> None:
        scm = {"branch": branch} if branch else {}
        answer = self.server.http.post("/v1/job/execute", json={"job_id": self.job_id, "scm": scm})
        assert answer.status_code == 200, answer.text
        with self.server.services.database.read() as session:
            query = select(Run.id).where(Run.task_id == self.job_id).order_by(Run.number.desc()).limit(1)
            run_id = session.scalars(query).one()
        if state:
            end_run(self.server.services.database, run_id, state)

    def publish(self) -> str:
        return self.server.http.post(f"{self.path}/link").json()["result"]["url"]

    def says(self, **query: str) -> str:
        answer = self.server.http.get(f"{self.path}.svg", params=query)
        assert answer.status_code == 200, answer.text
        return words(answer.content)[1]


@pytest.fixture
def badged(server: Server, workshop: str) -> Badged:
    return Badged(server, workshop)


def words(image: bytes) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(image).iter(f"{SVG}text")]


def test_a_task_that_was_never_built_is_unknown(badged: Badged) -> None:
    assert badged.says() == "unknown"


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("", "running"),
        ("RUNNING", "running"),
        ("STOPPING", "running"),
        ("SUCCESS", "passing"),
        ("FAILURE", "failing"),
        ("TIMEOUT", "failing"),
        ("LOST", "failing"),
        ("SCHEDULE_FAILURE", "failing"),
        ("ABORTED", "aborted"),
    ],
)
def test_the_newest_build_decides(badged: Badged, state: str, word: str) -> None:
    badged.build("FAILURE" if word == "passing" else "SUCCESS")
    badged.build(state)
    assert badged.says() == word


def test_each_branch_has_its_own_and_the_tasks_own_is_shown_without_one(badged: Badged) -> None:
    badged.build("SUCCESS")
    badged.build("FAILURE", branch="experiment")
    assert badged.says() == "passing"
    branches = badged.server.http.get(f"{badged.path}/branches").json()["result"]
    assert {branch: badged.says(branch=branch) for branch in branches} == {
        "experiment": "failing",
        "main": "passing",
    }
    assert badged.says(branch="never") == "unknown"


def test_builds_of_long_ago_are_not_looked_for(badged: Badged, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "NEWEST", 2)
    badged.build("SUCCESS")
    for _ in range(2):
        badged.build("FAILURE", branch="other")
    assert badged.says() == "unknown"


def test_a_public_address_opens_the_badge_and_nothing_else(badged: Badged) -> None:
    badged.build("SUCCESS")
    url = badged.publish()
    answer = badged.server.http.get(url)
    assert words(answer.content) == ["build", "passing"]
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "no-cache, max-age=0"
    assert answer.headers["content-security-policy"] == "default-src 'none'"
    for secret in ("task", badged.job_id, URL):
        assert secret not in answer.text
    assert words(badged.server.http.get(url, params={"branch": "x", "label": "unit tests"}).content) == [
        "unit tests",
        "unknown",
    ]


def test_no_badge_is_public_by_default(badged: Badged) -> None:
    link = badged.server.http.get(f"{badged.path}/link").json()["result"]
    assert link == {"public": False, "url": "", "markdown": "", "creator_name": "", "created_at": None}


def test_an_address_is_shown_again_and_replaced_and_revoked(badged: Badged) -> None:
    http = badged.server.http
    first = badged.publish()
    shown = http.get(f"{badged.path}/link").json()["result"]
    assert (shown["url"], shown["markdown"], shown["public"]) == (first, f"![build]({first})", True)
    second = badged.publish()
    assert [http.get(url).status_code for url in (first, second)] == [404, 200]
    assert http.delete(f"{badged.path}/link").json()["result"]["public"] is False
    assert http.delete(f"{badged.path}/link").status_code == 200
    assert http.get(second).status_code == 404


def test_the_token_is_not_stored_as_it_is(badged: Badged) -> None:
    token = badged.publish().rpartition("/")[2].removesuffix(".svg")
    with badged.server.services.database.read() as session:
        badge = session.get_one(PublicBadge, badged.job_id)
    assert token.encode() not in badge.sealed_token + badge.token_hash.encode()


def test_a_deleted_task_has_no_badge_and_a_restored_one_has_it_again(badged: Badged) -> None:
    http, url = badged.server.http, badged.publish()
    http.delete(f"/v1/job/{badged.job_id}/delete")
    assert http.get(url).status_code == 404
    http.post("/v1/job/recycling-restoration", json={"job_ids": [badged.job_id]})
    assert http.get(url).status_code == 200
    http.delete(f"/v1/job/{badged.job_id}/delete")
    assert http.request("DELETE", "/v1/job/recycling-empty").status_code == 200
    with badged.server.services.database.read() as session:
        assert session.get(PublicBadge, badged.job_id) is None


@pytest.mark.parametrize(
    "name", ["x", "x.svg", ".svg", "x.png", "%00.svg", "y" * 500 + ".svg", "%ED%A0%80.svg"]
)
def test_addresses_that_lead_nowhere_are_answered_alike(badged: Badged, name: str) -> None:
    answer = badged.server.http.get(f"/badges/{name}")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "CB.00060214")


@pytest.mark.parametrize(
    "query", [{"label": "x" * 65}, {"label": "a\nb"}, {"branch": "x" * 256}, {"branch": "\0"}]
)
def test_words_that_cannot_be_are_refused(badged: Badged, query: dict[str, str]) -> None:
    for path in (f"{badged.path}.svg", badged.publish()):
        answer = badged.server.http.get(path, params=query)
        assert answer.status_code == 400
        assert answer.json()["error_msg"].startswith(f"{next(iter(query))}:")


def test_what_a_client_has_already_is_not_sent_again(badged: Badged) -> None:
    url = badged.publish()
    tag = badged.server.http.get(url).headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = badged.server.http.get(url, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    badged.build("SUCCESS")
    assert badged.server.http.get(url, headers={"If-None-Match": tag}).status_code == 200


def test_who_may_view_sees_the_badge_and_who_may_change_makes_it_public(badged: Badged) -> None:
    server = badged.server
    alice = server.callers["alice"]
    for name, rights in (("viewer", {Right.VIEW}), ("nobody", set[Right]())):
        seeded = seed_tenant(server.services.database, f"{name}-{badged.job_id}", frozenset(rights))
        given: dict[str, Any] = {
            "tenant_id": alice.tenant_id,
            "tenant_name": alice.tenant_name,
            "user_id": seeded.user_id,
            "user_name": name,
            "iam_project_id": alice.iam_project_id,
            "rights": frozenset(rights),
        }
        server.callers[name] = type(alice)(**given)
    with server.caller("viewer") as viewer, server.caller("nobody") as nobody:
        assert viewer.get(f"{badged.path}.svg").status_code == 200
        assert nobody.get(f"{badged.path}.svg").status_code == 403
        for http in (viewer, nobody):
            link = f"{badged.path}/link"
            assert {
                http.get(link).status_code,
                http.post(link).status_code,
                http.delete(link).status_code,
            } == {403}
    with server.caller("bob") as bob:
        assert bob.get(f"{badged.path}.svg").status_code == 422


def test_every_state_has_a_picture() -> None:
    from bottega.build.badges.drawing import STATES

    assert set(STATES) == set(RunState)
    for state in BadgeState:
        assert words(draw("build", state)) == ["build", state]


@pytest.mark.parametrize(
    "label", ['<script>alert("1")</script>', "a & b", "'\"", "构建", "\U0001f600", "", " "]
)
def test_any_label_is_drawn_as_text(label: str) -> None:
    image = draw(label, BadgeState.PASSING)
    assert words(image)[0] == label
    assert {one.tag.removeprefix(SVG) for one in ElementTree.fromstring(image).iter()} == {
        "svg",
        "title",
        "rect",
        "path",
        "g",
        "text",
    }


def test_a_longer_word_makes_a_wider_badge() -> None:
    assert width("i") < width("n") < width("m") < width("构建")
    assert width("") == 1
    sizes = [
        int(ElementTree.fromstring(draw(one, BadgeState.PASSING)).attrib["width"]) for one in ("a", "ab")
    ]
    assert sizes[0] < sizes[1]
