"""Bad input gets a clear refusal with the code and the field, and changes nothing: on both databases."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import select

from bottega.build.definition import MAX_TRIGGERS
from bottega.build.parameters import FORBIDDEN, MAX_PARAMETERS, PREDEFINED
from bottega.build.steps import MAX_STEPS
from bottega.build.tables import BuildTask
from bottega.ids import new_hex, new_uuid
from bottega.projects.tables import Project
from bottega.runs.tables import Run
from tests.build.harness import parameter, shell_step, task_body
from tests.support.application import Application, World, application

JSON = {"Content-Type": "application/json"}
BODY_LIMIT = 200_000
LONGEST_MESSAGE = 1000
INVALID = (400, "CB.00060200")
PM_INVALID = (400, "PM.00000001")
NUL = "\0"


class Desk(msgspec.Struct, frozen=True):
    """Where the calls are made: a task that was built once, and a caller with all rights."""

    app: Application
    http: httpx.Client
    world: World

    def state(self) -> list[Any]:
        """What must not change: all rows of these tables."""
        with self.app.services.database.read() as session:
            return [list(session.execute(select(table.__table__))) for table in (BuildTask, Run, Project)]

    def create(self, **changes: Any) -> httpx.Response:
        """Ask for a task that is as it should be but for ``changes``."""
        body = task_body(self.world.project_id, f"new-{new_hex()}")
        return self.http.post("/v1/job/create", json={**body, **changes})

    def update(self, **changes: Any) -> httpx.Response:
        """Ask for other contents of the task."""
        body = {**task_body(self.world.project_id, "renamed"), "job_id": self.world.job_id}
        return self.http.post("/v3/jobs/update", json={**body, **changes})

    def execute(self, **choices: Any) -> httpx.Response:
        """Ask for a build of the task."""
        return self.http.post("/v1/job/execute", json={"job_id": self.world.job_id, **choices})

    def path(self, template: str) -> str:
        return template.format(**self.world.ids)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    postgres = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    url = postgres.new_database() if postgres else ""
    folder = tmp_path_factory.mktemp("bad-input")
    with (
        application(folder, url, http={"body_limit_bytes": BODY_LIMIT}) as app,
        app.caller(app.token(app.mine)) as http,
    ):
        yield Desk(app, http, app.world(app.mine, http))
    if postgres:
        postgres.drop(url)


@pytest.fixture(autouse=True)
def nothing_changes(desk: Desk) -> Iterator[None]:
    before = desk.state()
    yield
    assert desk.state() == before


def refusal(answer: httpx.Response, *named: str) -> tuple[int, str]:
    """Status and code of a refusal, whose message has to be short and to name these things."""
    assert answer.headers["content-type"] == "application/json;charset=UTF-8", answer.text
    body = answer.json()
    for name in named:
        assert name in body["error_msg"], body["error_msg"]
    assert 0 < len(body["error_msg"]) <= LONGEST_MESSAGE
    return answer.status_code, body["error_code"]


# Ids

JOB_PATHS = {
    "/v1/job/{}/config": "v1",
    "/v1/job/{}/info": "v1",
    "/v1/job/{}/running-status": "v1",
    "/v1/job/{}/status": "v1",
    "/v1/log/{}/1/real-time-log": "v1",
    "/v4/jobs/{}/1/record-info": "v1",
    "/v3/jobs/{}/query": "v3",
    "/v3/jobs/{}/status": "v3",
    "/v3/jobs/{}/history": "v3",
    "/v3/jobs/{}/1/history-details": "v3",
    "/v3/jobs/{}/1/record-info": "v3",
    "/v3/jobs/{}/1/real-time-log": "v3",
}
NOT_FOUND = {"v1": (422, "DEVCB.00031006"), "v3": (422, "CB.00031006")}
NO_ID = {"v1": (400, "DEV.CB.032011"), "v3": (400, "CB.00060201")}


@pytest.mark.parametrize(("template", "family"), JOB_PATHS.items())
def test_an_unknown_task_does_not_exist(desk: Desk, template: str, family: str) -> None:
    assert refusal(desk.http.get(template.format(new_hex())), "does not exist") == NOT_FOUND[family]
    # A project's id looks like a task's.
    assert refusal(desk.http.get(template.format(desk.world.project_id))) == NOT_FOUND[family]


@pytest.mark.parametrize(("template", "family"), JOB_PATHS.items())
def test_what_cannot_be_a_tasks_id_is_told_so(desk: Desk, template: str, family: str) -> None:
    job_id = desk.world.job_id
    for text in (
        desk.world.record_id,
        job_id[:-1],
        f"{job_id}0",
        job_id.upper() + ("" if job_id.upper() != job_id else "A"),
        f"{job_id}%00",
        f"{job_id}%0a",
        "%20" + job_id[1:],
        "..%00",
        "%ff" * 32,
        "\u0663" * 32,
        "a" * 5000,
    ):
        assert refusal(desk.http.get(template.format(text)), "job_id") == NO_ID[family], text


def test_a_slash_in_an_id_makes_another_url(desk: Desk) -> None:
    for path in ("/v1/job/a%2Fb/config", "/v1/job//config", "/v1/job/../config", "/v1/job/"):
        assert refusal(desk.http.get(path)) == (404, "CB.00060214")


def test_records_are_found_by_their_own_id_only(desk: Desk) -> None:
    for path in ("/v1/record/{}/info", "/v1/record/{}/full-stages", "/v4/{}/download-log"):
        for unknown in (new_uuid(), desk.world.build_project_id):
            assert refusal(desk.http.get(path.format(unknown))) == NOT_FOUND["v1"]
        record_id = desk.world.record_id
        for text in (
            desk.world.job_id,
            record_id.replace("-", ""),
            record_id.upper(),
            record_id[:-1] + "%00",
            "1",
        ):
            assert refusal(desk.http.get(path.format(text)), "record_id") == INVALID
    records = "/v1/record/{}/records"
    assert refusal(desk.http.get(records.format(desk.world.record_id))) == NOT_FOUND["v1"]
    assert refusal(desk.http.get(records.format(desk.world.job_id)), "build_project_id") == INVALID


def test_projects_are_found_by_their_own_id_only(desk: Desk) -> None:
    assert refusal(desk.http.get(f"/v1/job/{new_hex()}/list")) == NOT_FOUND["v1"]
    assert refusal(desk.http.get(f"/v3/{desk.world.iam_project_id}/jobs")) == NOT_FOUND["v3"]
    assert refusal(desk.http.get("/v1/job/nonsense/list"), "project_id") == INVALID
    for text in (new_hex(), desk.world.job_id, "nonsense", "%00", "%ff", "\u00e9" * 40):
        assert refusal(desk.http.get(f"/v4/projects/{text}")) == (404, "PM.00000404")
        assert refusal(desk.http.delete(f"/v4/projects/{text}")) == (404, "PM.00000404")
        body = {"description": "x"}
        assert refusal(desk.http.put(f"/v4/projects/{text}", json=body)) == (404, "PM.00000404")


def test_stages_are_found_by_their_key_only(desk: Desk) -> None:
    path = desk.path("/v4/{record_id}/task-log")
    for key in ("stage99", "Shell", "../stage1", "stage1\0", "\u00e9" * 900):
        assert refusal(desk.http.get(path, params={"task_name": key})) == NOT_FOUND["v1"]
    assert refusal(desk.http.get(path), "task_name") == INVALID
    assert refusal(desk.http.get(path, params={"task_name": ""}), "task_name") == INVALID
    assert refusal(desk.http.get(path, params={"task_name": "a" * 1001}), "task_name") == INVALID
    assert refusal(desk.http.get(f"{path}?task_name=stage1&log_level=TRACE"), "log_level") == INVALID


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "one", "1e3", "%00", "\u0661", "2147483648", "9" * 400])
def test_what_cannot_be_a_build_number_is_refused(desk: Desk, number: str) -> None:
    for template in (
        "/v4/jobs/{job_id}/NUMBER/record-info",
        "/v3/jobs/{job_id}/NUMBER/record-info",
        "/v3/jobs/{job_id}/NUMBER/history-details",
        "/v1/log/{job_id}/NUMBER/real-time-log",
        "/v3/jobs/{job_id}/NUMBER/real-time-log",
        "/v1/job/{job_id}/status?build_no=NUMBER",
    ):
        path = desk.path(template).replace("NUMBER", number)
        assert refusal(desk.http.get(path), "build_n") == INVALID, path
    path = desk.path("/v3/jobs/{job_id}/NUMBER/stop").replace("NUMBER", number)
    assert refusal(desk.http.post(path), "build_no") == INVALID


@pytest.mark.parametrize("number", [0, -1, 1.5, True, [], {}, "", "x", 2**31, 10**400])
def test_what_cannot_be_a_build_number_is_refused_in_bodies(desk: Desk, number: Any) -> None:
    body = {"job_id": desk.world.job_id, "build_no": number}
    assert refusal(desk.http.post("/v3/jobs/stop", json=body), "build_no") == INVALID
    if number not in ("",):
        path = desk.path("/v1/job/{job_id}/stop")
        assert refusal(desk.http.post(path, json={"build_no": number}), "build_no") == INVALID


def test_a_build_that_never_was_does_not_exist(desk: Desk) -> None:
    assert refusal(desk.http.get(desk.path("/v4/jobs/{job_id}/99/record-info"))) == NOT_FOUND["v1"]
    assert refusal(desk.http.get(desk.path("/v3/jobs/{job_id}/99/record-info"))) == NOT_FOUND["v3"]
    assert refusal(desk.http.post(desk.path("/v1/job/{job_id}/stop?build_no=99"))) == NOT_FOUND["v1"]
    assert refusal(desk.http.post(desk.path("/v3/jobs/{job_id}/99/stop"))) == NOT_FOUND["v3"]


def test_ids_in_bodies_are_checked_like_those_in_paths(desk: Desk) -> None:
    for path, family in (("/v1/job/execute", "v1"), ("/v3/jobs/build", "v3")):
        assert refusal(desk.http.post(path, json={"job_id": new_hex()})) == NOT_FOUND[family]
        answer = desk.http.post(path, json={"job_id": desk.world.record_id})
        assert refusal(answer, "job_id") == NO_ID[family]
    assert refusal(desk.create(project_id=new_hex())) == NOT_FOUND["v1"]
    assert refusal(desk.create(project_id="x"), "project_id") == INVALID
    assert refusal(desk.update(job_id=new_hex())) == NOT_FOUND["v3"]
    assert refusal(desk.update(job_id="x"), "job_id") == NO_ID["v3"]
    assert refusal(desk.update(project_id=new_hex()), "project_id") == INVALID
    assert refusal(desk.create(group_id="x"), "group_id") == INVALID


# Bodies

BODIES = [
    "/v1/job/create",
    "/v1/job/update",
    "/v1/job/execute",
    "/v3/jobs/create",
    "/v3/jobs/build",
    "/v3/jobs/stop",
]


@pytest.mark.parametrize("path", [*BODIES, "/v4/project", "/v3/auth/tokens"])
def test_a_body_that_is_no_json_object_is_refused(desk: Desk, path: str) -> None:
    for content in (
        b"",
        b"{",
        b'{"job_id": }',
        b"null",
        b"[]",
        b'"text"',
        b"17",
        b"NaN",
        b"{} {}",
        b"{'job_id': 'x'}",
        b'{"job_id": "\xff\xfe"}',
        b'{"job_id": "\\ud800"}',
        b"\xff\xfe{\x00}\x00",
        b"\x00",
        b"[" * 100_000,
        b'{"a":' * 30_000,
    ):
        answer = desk.http.post(path, content=content, headers=JSON)
        code = {"/v4/project": "PM.00000001", "/v3/auth/tokens": "IAM.0400"}.get(path, "CB.00060200")
        assert refusal(answer) == (400, code), content[:40]


def test_a_body_of_the_wrong_kind_is_refused(desk: Desk) -> None:
    body = json.dumps({"job_id": desk.world.job_id}).encode()
    for kind in (
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/msgpack",
        "nonsense",
    ):
        answer = desk.http.post("/v1/job/execute", content=b"a=b&c" + body, headers={"Content-Type": kind})
        assert refusal(answer) == INVALID


@pytest.mark.parametrize("path", [*BODIES, "/v4/project"])
def test_a_body_that_is_too_large_is_refused_unread(desk: Desk, path: str) -> None:
    content = b'{"a": "' + b"x" * BODY_LIMIT + b'"}'
    assert refusal(desk.http.post(path, content=content, headers=JSON)) == (413, "APIGW.0201")
    chunks = (content[start : start + 50_000] for start in range(0, len(content), 50_000))
    assert refusal(desk.http.post(path, content=chunks, headers=JSON)) == (413, "APIGW.0201")


WRONG_TYPES: list[dict[str, Any]] = [
    {"arch": 5},
    {"arch": None},
    {"job_name": ["a"]},
    {"job_name": None},
    {"project_id": 5},
    {"steps": "make"},
    {"steps": {}},
    {"steps": [None]},
    {"steps": [[]]},
    {"steps": [shell_step(module_id=1)]},
    {"steps": [shell_step(properties=[])]},
    {"steps": [shell_step(enable="perhaps")]},
    {"parameters": {}},
    {"parameters": [{"params": [{"name": 1}]}]},
    {"parameters": [{"params": [{"name": "name", "value": {}}]}]},
    {"scms": "git@host:group/repository.git"},
    {"scms": [{"branch": "master"}]},
    {"scms": [{"url": None}]},
    {"timeout": 5},
    {"timeout": {"limit": []}},
    {"triggers": [{"name": "hudson.triggers.TimerTrigger"}]},
    {"build_if_code_updated": 7},
    {"cluster_selected": "default"},
]


@pytest.mark.parametrize("changes", WRONG_TYPES, ids=lambda changes: json.dumps(changes)[:60])
def test_a_field_of_the_wrong_type_is_named(desk: Desk, changes: dict[str, Any]) -> None:
    (field,) = changes
    assert refusal(desk.create(**changes), field) == INVALID
    assert refusal(desk.update(**changes), field) == INVALID


def test_missing_fields_are_named(desk: Desk) -> None:
    for field in ("arch", "project_id", "job_name", "steps"):
        body = task_body(desk.world.project_id, "new")
        del body[field]
        assert refusal(desk.http.post("/v1/job/create", json=body), field) == INVALID
    assert refusal(desk.http.post("/v1/job/execute", json={}), "job_id") == INVALID
    assert refusal(desk.http.post("/v3/jobs/stop", json={"job_id": desk.world.job_id}), "build_no") == INVALID


# Tasks


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "a" * 116,
        "a b",
        "a/b",
        "../x",
        "a.b",
        "<b>",
        "a\n",
        "a\0",
        "\u00e9",
        "\u202e",
        "\U0001f600",
        "-" * 200_000,
    ],
    ids=lambda name: ascii(name)[:20],
)
def test_a_name_that_no_task_may_have_is_refused(desk: Desk, name: str) -> None:
    if len(name) < BODY_LIMIT // 2:
        assert refusal(desk.create(job_name=name), "job_name") == INVALID
        assert refusal(desk.update(job_name=name), "job_name") == INVALID


def test_a_name_that_is_taken_is_refused(desk: Desk) -> None:
    name = desk.http.get(desk.path("/v1/job/{job_id}/config")).json()["result"]["job_name"]
    assert refusal(desk.create(job_name=name), "job_name", name) == INVALID


REFUSED_FIELDS: list[tuple[str, dict[str, Any]]] = [
    ("arch", {"arch": "x86"}),
    ("arch", {"arch": "a" * 100_000}),
    ("flavor", {"flavor": "huge"}),
    ("flavor", {"flavor": "0u0g"}),
    ("flavor", {"flavor": "\uff12u8g"}),
    ("flavor", {"flavor": "a" * 100_000}),
    ("host_type", {"host_type": "no pool"}),
    ("host_type", {"host_type": "p" * 65}),
    ("cluster_selected.name", {"cluster_selected": {"name": "a/b"}}),
    ("build_config_type", {"build_config_type": "XML"}),
    ("auto_update_sub_module", {"auto_update_sub_module": "perhaps"}),
    ("group_id", {"group_id": "G" * 32}),
    ("timeout.limit", {"timeout": {"limit": "-1"}}),
    ("timeout.limit", {"timeout": {"limit": "soon"}}),
    ("timeout.limit", {"timeout": {"limit": 10**30}}),
    ("timeout.limit", {"timeout": {"limit": "9" * 5000}}),
    ("timeout.limit", {"timeout": {"limit": "8", "unit": "day"}}),
    ("timeout.unit", {"timeout": {"limit": "1", "unit": "fortnight"}}),
    ("steps", {"steps": [shell_step() for _ in range(MAX_STEPS + 1)]}),
    ("steps[1].name", {"steps": [shell_step(), shell_step(name="")]}),
    ("steps[0].name", {"steps": [shell_step(name="n" * 129)]}),
    ("steps[0].name", {"steps": [shell_step(name="a\tb")]}),
    ("steps[0].module_id", {"steps": [shell_step(module_id="")]}),
    ("steps[0].module_id", {"steps": [shell_step(module_id="m" * 129)]}),
    ("steps[0].module_id", {"steps": [shell_step(module_id="a b")]}),
    ("steps[0].properties", {"steps": [shell_step(["make"])]}),
    ("steps[0].properties", {"steps": [shell_step("make\0")]}),
    ("steps[0].properties", {"steps": [shell_step(properties={"a\0": "b"})]}),
    ("triggers", {"triggers": [{"name": "x", "parameters": []} for _ in range(MAX_TRIGGERS + 1)]}),
    ("triggers[0].name", {"triggers": [{"name": "hudson.triggers.Other", "parameters": []}]}),
    ("triggers[0].name", {"triggers": [{"name": "t" * 100_000, "parameters": []}]}),
    ("scms", {"scms": [{"url": ""}, {"url": ""}]}),
    ("scms[0].build_type", {"scms": [{"url": "", "build_type": "trunk"}]}),
    ("scms[0].depth", {"scms": [{"url": "", "depth": "deep"}]}),
    ("scms[0].depth", {"scms": [{"url": "", "depth": -1}]}),
    ("scms[0].depth", {"scms": [{"url": "", "depth": "\u0661"}]}),
    ("scms[0].web_url", {"scms": [{"url": "", "web_url": "a\0"}]}),
    ("parameters", {"parameters": [parameter(f"p{n}") for n in range(MAX_PARAMETERS + 1)]}),
    ("parameters[1].params", {"parameters": [parameter("twice"), parameter("twice")]}),
    ("parameters[0].params", {"parameters": [{"name": "x"}]}),
    ("parameters[0].params", {"parameters": [parameter("a", type="magic")]}),
    ("parameters[0].params", {"parameters": [parameter("a", type="t" * 100_000)]}),
    ("parameters[0].params", {"parameters": [parameter("a", sensitiveVar="perhaps")]}),
    ("parameters[0].params", {"parameters": [parameter("codeBranch", sensitiveVar="true")]}),
    ("parameters[0].params", {"parameters": [parameter("a", "v" * 8193)]}),
    ("parameters[0].params", {"parameters": [parameter("a", "x\0")]}),
    ("parameters[0].params", {"parameters": [parameter("a", "{{ x }}")]}),
    ("parameters[0].params", {"parameters": [parameter("a", "{% x %}")]}),
    ("parameters[0].params", {"parameters": [parameter("a", "{# x #}")]}),
]


@pytest.mark.parametrize(
    ("field", "changes"), REFUSED_FIELDS, ids=[f"{i}-{field}" for i, (field, _) in enumerate(REFUSED_FIELDS)]
)
def test_what_no_task_may_have_is_refused_with_its_field(
    desk: Desk, field: str, changes: dict[str, Any]
) -> None:
    assert refusal(desk.create(**changes), field) == INVALID
    assert refusal(desk.update(**changes), field) == INVALID


@pytest.mark.parametrize(
    "name",
    [*sorted(FORBIDDEN), *sorted(PREDEFINED), "", "a-b", "a b", "a\0", "a\n", "\u00e9", "n" * 129, "$(id)"],
)
def test_a_name_that_no_parameter_may_have_is_refused(desk: Desk, name: str) -> None:
    assert refusal(desk.create(parameters=[parameter(name)]), "parameters[0].params") == INVALID
    assert refusal(desk.execute(parameter=[{"name": name, "value": "x"}]), "parameter[0].name") == INVALID


def test_of_a_key_given_twice_the_last_one_counts(desk: Desk) -> None:
    """As every JSON reader of the clients does it; it is not refused, but what it means is checked."""
    content = f'{{"job_id": "{desk.world.job_id}", "job_id": "nonsense"}}'
    assert refusal(desk.http.post("/v1/job/execute", content=content, headers=JSON), "job_id") == NO_ID["v1"]


# Git

URLS = [
    "ext::sh -c 'touch /tmp/x'",
    "EXT::sh",
    "fd::17",
    "transport::address",
    "--upload-pack=touch",
    "-oProxyCommand=touch",
    "ssh://-oProxyCommand=touch/x",
    "git@-oProxyCommand=touch:x",
    "git@host:-x",
    "https://user:secret@host/x.git",
    "https://token@host/x.git",
    "https://host/x.git?a=b",
    "https://host/../x.git",
    "https://ho st/x.git",
    "https://127.1/x.git",
    "https://0x7f000001/x.git",
    "https:///x.git",
    "https://host:99999/x.git",
    "https://host",
    "git://host/x.git",
    "ftp://host/x.git",
    "x",
    " https://host/x.git",
    "https://host/x.git\n",
    "https://host/x\0.git",
    "https://host/%00",
    "https://host/%zz",
    "file://otherhost/srv/x",
    "file:///",
    "file:///srv/../../x",
    "https://host/" + "x" * 3000,
]


@pytest.mark.parametrize("url", URLS, ids=lambda url: ascii(url)[:40])
def test_a_url_that_git_must_not_see_is_refused(desk: Desk, url: str) -> None:
    assert refusal(desk.create(scms=[{"url": url}]), "scms[0].url") == INVALID
    assert refusal(desk.update(scms=[{"url": url}]), "scms[0].url") == INVALID
    answer = desk.execute(scm={"url": url})
    assert refusal(answer, "scm.url") == INVALID
    assert "secret" not in answer.text


def test_the_servers_own_data_is_no_repository(desk: Desk) -> None:
    data = desk.app.services.settings.data
    for url in (data.as_uri(), f"{data.as_uri()}/mirrors/x", f"file://localhost{data}", str(data)):
        assert refusal(desk.create(scms=[{"url": url}]), "scms[0].url") == INVALID
        assert refusal(desk.execute(scm={"url": url}), "scm.url") == INVALID


REFS = [
    "--upload-pack=touch",
    "-x",
    "a..b",
    "a b",
    "a~1",
    "a^",
    "a:b",
    "a?b",
    "a*",
    "a[b",
    "a\\b",
    "a@{1}",
    "a.lock",
    ".a",
    "/a",
    "a/",
    "a//b",
    "a.",
    "@",
    "HEAD",
    "refs/tags/x",
    "a\n",
    "a\0",
    "a\x7f",
    "a" * 251,
    "/".join(["a" * 100] * 3),
    "a/" * 120 + "a" * 20,
    "b" * 100_000,
]


@pytest.mark.parametrize("name", REFS, ids=lambda name: ascii(name)[:30])
def test_a_branch_that_cannot_be_one_is_refused(desk: Desk, name: str) -> None:
    assert (
        refusal(desk.create(scms=[{"url": "https://host/x.git", "branch": name}]), "scms[0].branch")
        == INVALID
    )
    url = "https://host/x.git"
    assert refusal(desk.execute(scm={"url": url, "branch": name}), "branch") == INVALID
    choice = [{"name": "codeBranch", "value": name}]
    assert refusal(desk.execute(scm={"url": url}, parameter=choice)) == INVALID


@pytest.mark.parametrize(
    "name", [name for name in REFS if name not in {"@", "HEAD"}], ids=lambda name: ascii(name)[:30]
)
def test_a_tag_that_cannot_be_one_is_refused(desk: Desk, name: str) -> None:
    name = name.replace("refs/tags/", "refs/heads/")
    assert refusal(desk.execute(scm={"build_tag": name}), "scm.build_tag") == INVALID


@pytest.mark.parametrize(
    "commit", ["--all", "HEAD", "abc", "g" * 40, "a" * 41, "a" * 40 + "\n", "\u0661" * 40]
)
def test_a_commit_that_cannot_be_one_is_refused(desk: Desk, commit: str) -> None:
    assert refusal(desk.execute(scm={"build_commit_id": commit}), "scm.build_commit_id") == INVALID


# Timers

CRON = [
    "",
    "* * * *",
    "* * * * * *",
    "60 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "* * 32 * *",
    "* * * 13 *",
    "* * * * 8",
    "*/0 * * * *",
    "5-1 * * * *",
    "1,,2 * * * *",
    "a * * * *",
    "-1 * * * *",
    "1.5 * * * *",
    "@daily",
    "* * * * *; touch /tmp/x",
    "\u0661 * * * *",
    "*/\u0662 * * * *",
    "1" * 50_000 + " * * * *",
    ("0," * 50_000) + " * * * *",
    "* * * * \0",
]


@pytest.mark.parametrize("spec", CRON, ids=lambda spec: ascii(spec)[:30])
def test_a_timer_that_means_nothing_is_refused(desk: Desk, spec: str) -> None:
    trigger = {"name": "hudson.triggers.TimerTrigger", "parameters": [{"name": "spec", "value": spec}]}
    assert refusal(desk.create(triggers=[trigger]), "triggers[0]") == INVALID
    assert refusal(desk.update(triggers=[trigger]), "triggers[0]") == INVALID


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "/etc/localtime", "\0", "z" * 50_000])
def test_a_time_zone_that_nobody_knows_is_refused(desk: Desk, zone: str) -> None:
    items = [{"name": "spec", "value": "0 1 * * *"}, {"name": "timeZoneId", "value": zone}]
    trigger = {"name": "hudson.triggers.TimerTrigger", "parameters": items}
    assert refusal(desk.create(triggers=[trigger]), "triggers[0]") == INVALID


# Builds


def test_choices_that_a_task_does_not_offer_are_refused(desk: Desk) -> None:
    for item in (
        {"name": "unknown", "value": "x"},
        {"name": "version", "value": "{{x}}"},
        {"name": "version", "value": "v" * 8193},
        {"name": "version", "value": "\0"},
        {"name": "version"},
        {"name": "version", "value": None},
        {"name": "version", "value": []},
        {"value": "x"},
    ):
        assert refusal(desk.execute(parameter=[item]), "parameter[0]") == INVALID, item
    twice = [{"name": "version", "value": "1"}] * 2
    assert refusal(desk.execute(parameter=twice), "parameter[1].name") == INVALID
    assert refusal(desk.execute(scm={"build_type": "trunk"}), "scm.build_type") == INVALID
    assert refusal(desk.execute(scm={"build_tag": 5}), "scm.build_tag") == INVALID
    assert refusal(desk.execute(parameter={}), "parameter") == INVALID


def test_a_build_that_has_finished_cannot_be_stopped(desk: Desk) -> None:
    for answer in (
        desk.http.post(desk.path("/v1/job/{job_id}/stop?build_no=1")),
        desk.http.post(desk.path("/v1/job/{job_id}/stop"), json={"build_no": 1}),
        desk.http.post("/v3/jobs/stop", json={"job_id": desk.world.job_id, "build_no": "1"}),
        desk.http.post(desk.path("/v3/jobs/{job_id}/1/stop")),
    ):
        assert refusal(answer) == (400, "DEV.CB.032302")
        assert answer.json()["error"]["code"] == "DEV.CB.032302"


# Queries

NUMBERS = [
    ("/v1/job/list", "page_index", ["-1", "1000000000", "9" * 400, "1.5", "one", "%00", "0x10", "\u0661"]),
    ("/v1/job/list", "page_size", ["0", "-1", "101", "9" * 400, "ten"]),
    ("/v1/job/{project_id}/list", "page_index", ["-1", "x"]),
    ("/v1/job/{project_id}/list", "page_size", ["0", "101"]),
    ("/v3/{project_id}/jobs", "page_index", ["-1", "1000000000"]),
    ("/v3/{project_id}/jobs", "page_size", ["0", "101"]),
    ("/v1/record/{build_project_id}/records", "page", ["-1", "x"]),
    ("/v1/record/{build_project_id}/records", "limit", ["0", "101", "-5"]),
    ("/v3/jobs/{job_id}/history", "offset", ["-1", "9" * 30]),
    ("/v3/jobs/{job_id}/history", "limit", ["0", "101"]),
    ("/v3/jobs/{job_id}/history", "interval", ["-1", "31", "9" * 30]),
    ("/v1/log/{job_id}/1/real-time-log", "start_offset", ["-1", "9007199254740993", "x"]),
    ("/v1/log/{job_id}/1/real-time-log", "end_offset", ["-1", "9" * 30]),
    ("/v1/log/{job_id}/1/real-time-log", "size", ["0", "10001", "x"]),
    ("/v3/jobs/{job_id}/1/real-time-log", "offset", ["-1", "9" * 30]),
    ("/v3/jobs/{job_id}/1/real-time-log", "length", ["0", "10000001", "-7"]),
]


@pytest.mark.parametrize(("path", "name", "values"), NUMBERS, ids=[f"{p} {n}" for p, n, _ in NUMBERS])
def test_numbers_out_of_bounds_are_refused(desk: Desk, path: str, name: str, values: list[str]) -> None:
    for value in values:
        answer = desk.http.get(f"{desk.path(path)}?{name}={value}")
        assert refusal(answer, name) == INVALID, value


def test_numbers_out_of_bounds_are_refused_for_projects(desk: Desk) -> None:
    for query in ("offset=-1", "limit=0", "limit=1001", "limit=-1", "offset=x"):
        answer = desk.http.get(f"/v4/projects?{query}")
        assert refusal(answer, query.partition("=")[0]) == PM_INVALID
    assert refusal(desk.http.get(f"/v4/projects?offset={'9' * 30}"), "offset") == PM_INVALID


WORDS = [
    ("/v1/job/list", "sort_field", "nonsense"),
    ("/v1/job/list", "sort_order", "UP"),
    ("/v1/job/list", "build_status", "purple"),
    ("/v1/job/list", "build_status", "p" * 10_000),
    ("/v1/job/list", "search", "%00"),
    ("/v1/job/list", "creator_id", "%00"),
    ("/v1/job/{project_id}/list", "by_group", "perhaps"),
    ("/v1/record/{build_project_id}/records", "from_date", "yesterday"),
    ("/v1/record/{build_project_id}/records", "to_date", "2024-13-01 00:00:00"),
    ("/v1/record/{build_project_id}/records", "triggers", "%00"),
    ("/v1/record/{build_project_id}/records", "branches", "%00"),
    ("/v1/record/{build_project_id}/records", "tags", "%00"),
    ("/v1/record/{record_id}/full-stages", "cascade", "perhaps"),
    ("/v1/log/{job_id}/1/real-time-log", "sort", "sideways"),
    ("/v4/{record_id}/download-log", "log_level", "SHOUT"),
]


@pytest.mark.parametrize(("path", "name", "value"), WORDS, ids=[f"{p} {n}={v[:20]}" for p, n, v in WORDS])
def test_words_that_mean_nothing_are_refused(desk: Desk, path: str, name: str, value: str) -> None:
    assert refusal(desk.http.get(f"{desk.path(path)}?{name}={value}"), name) == INVALID


def test_filters_that_nothing_can_match_find_nothing(desk: Desk) -> None:
    for query in (
        "search=%ff",
        "search=%25",
        "search=%27%20OR%201=1",
        "creator_id=nobody",
        f"search={'x' * 5000}",
    ):
        found = desk.http.get(f"/v1/job/list?{query}")
        assert (found.status_code, found.json()["result"]["total"]) == (200, 0), query
    for query in ("search=%ff", f"search={'x' * 5000}", "project_type=nonsense"):
        found = desk.http.get(f"/v4/projects?{query}")
        assert (found.status_code, found.json()["total"]) == (200, 0), query


def test_of_a_parameter_given_twice_the_last_one_counts_unless_it_is_a_list(desk: Desk) -> None:
    for template, name, value in (
        ("/v1/job/list", "page_size", "10"),
        ("/v1/job/list", "build_status", "none"),
        ("/v3/jobs/{job_id}/history", "interval", "7"),
    ):
        path = desk.path(template)
        assert desk.http.get(f"{path}?{name}=nonsense&{name}={value}").status_code == 200, path
        assert refusal(desk.http.get(f"{path}?{name}={value}&{name}=nonsense"), name) == INVALID, path
    several = desk.path("/v1/record/{build_project_id}/records?branches=a&branches=b")
    assert desk.http.get(several).status_code == 200


WINDOWS = [
    ("2024-01-01 00:00:00", "2024-03-01 00:00:00", "CB.00031105"),
    ("2024-02-01 00:00:00", "2024-01-01 00:00:00", "CB.00060200"),
    ("2024-02-30 00:00:00", "2024-03-01 00:00:00", "CB.00060200"),
    ("0001-01-01 00:00:00", "0001-01-02 00:00:00", "CB.00060200"),
    ("9999-12-31 23:59:59", "9999-12-31 23:59:59", "CB.00060200"),
    ("2024-01-01T00:00:00", "2024-01-02T00:00:00", "CB.00060200"),
    ("2024-01-01", "2024-01-02", "CB.00060200"),
    ("\u0662024-01-01 00:00:00", "2024-01-02 00:00:00", "CB.00060200"),
    ("2024-01-01 00:00:00\0", "2024-01-02 00:00:00", "CB.00060200"),
    ("", "", "CB.00060200"),
]


@pytest.mark.parametrize(("start", "end", "code"), WINDOWS, ids=[ascii(start) for start, _, _ in WINDOWS])
def test_a_window_that_is_none_is_refused(desk: Desk, start: str, end: str, code: str) -> None:
    window = {"start_time": start, "end_time": end}
    assert refusal(desk.http.get(desk.path("/v1/record/{job_id}/list"), params=window), "_time") == (
        400,
        code,
    )


def test_a_period_of_days_that_is_none_is_refused(desk: Desk) -> None:
    path = desk.path("/v3/jobs/{job_id}/period-history")
    for start, end, code in (
        ("2024-01-01", "2024-03-01", "CB.00031105"),
        ("2024-01-02", "2024-01-01", "CB.00060200"),
        ("2024-1-1", "2024-01-02", "CB.00060200"),
        ("2024-02-30", "2024-03-01", "CB.00060200"),
        ("9999-12-31", "9999-12-31", "CB.00060200"),
    ):
        window = {"start_time": start, "end_time": end}
        assert refusal(desk.http.get(path, params=window), "_time") == (400, code), start
    assert refusal(desk.http.get(path), "start_time") == INVALID


# URLs and methods


@pytest.mark.parametrize(
    "path", ["/v1/nowhere", "/nowhere", "/v1", "/v3/jobs", "/v5/job/list", "/%00", "/%ff", "/v1/job/list/x"]
)
def test_an_unknown_url_is_told_in_json(desk: Desk, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        assert refusal(desk.http.request(method, path)) == (404, "CB.00060214")


def test_a_wrong_method_is_told_with_the_right_ones(desk: Desk) -> None:
    for method, path, right in (
        ("GET", "/v1/job/create", "POST"),
        ("PUT", "/v1/job/list", "GET"),
        ("PATCH", desk.path("/v4/projects/{project_id}"), "PUT"),
        ("DELETE", "/v3/jobs/build", "POST"),
        ("PUT", "/v3/auth/tokens", "POST"),
    ):
        answer = desk.http.request(method, path)
        assert answer.status_code == 405
        assert refusal(answer)[1] in {"CB.00060214", "IAM.0405"}
        assert right in answer.headers["allow"]


# Projects and tokens


@pytest.mark.parametrize("name", ["", "  ", "n" * 129, "a\0", "a\nb", "\u202e", None, 5, []], ids=ascii)
def test_a_name_that_no_project_may_have_is_refused(desk: Desk, name: Any) -> None:
    assert refusal(desk.http.post("/v4/project", json={"project_name": name}), "project_name") == PM_INVALID
    assert (
        refusal(desk.http.post("/v4/projects/check-name", json={"project_name": name}), "project_name")
        == PM_INVALID
    )
    if name is not None:
        path = desk.path("/v4/projects/{project_id}")
        assert refusal(desk.http.put(path, json={"project_name": name}), "project_name") == PM_INVALID


def test_other_fields_of_projects_are_checked(desk: Desk) -> None:
    for field, value in (
        ("description", "d" * 5001),
        ("description", "\0"),
        ("description", 5),
        ("project_type", "waterfall"),
        ("source", "s" * 65),
        ("enterprise_id", "\0"),
        ("template_id", "x"),
    ):
        body = {"project_name": f"new {new_hex()}", field: value}
        assert refusal(desk.http.post("/v4/project", json=body), field) == PM_INVALID, field
    for query in (
        "sort=name",
        "sort=name:up",
        "archive=perhaps",
        "query_type=all",
        "search=%00",
        "project_type=%00",
    ):
        assert refusal(desk.http.get(f"/v4/projects?{query}"), query.partition("=")[0]) == PM_INVALID, query


def test_nonsense_about_who_is_asking_gets_no_token(desk: Desk) -> None:
    user = {"name": "admin", "password": "nonsense", "domain": {"name": "nowhere"}}
    for changes in (
        {"name": NUL},
        {"id": NUL},
        {"domain": {"name": NUL}},
        {"domain": {"id": NUL}},
        {"password": NUL},
        {"name": "n" * 50_000},
        {"password": "p" * 50_000},
    ):
        identity = {"methods": ["password"], "password": {"user": {**user, **changes}}}
        answer = desk.app.stranger.post("/v3/auth/tokens", json={"auth": {"identity": identity}})
        status, code = refusal(answer)
        assert (status, code) in {(401, "IAM.0401"), (400, "IAM.0400")}, changes
    identity = {"methods": ["token"], "token": {"id": desk.world.token}}
    for scope in (
        {"project": {"name": NUL}},
        {"project": {"id": NUL}},
        {"domain": {"id": NUL}},
        {"project": {"id": "i" * 50_000}},
    ):
        body = {"auth": {"identity": identity, "scope": scope}}
        status, code = refusal(desk.app.stranger.post("/v3/auth/tokens", json=body))
        assert (status, code) in {(401, "IAM.0401"), (400, "IAM.0400")}, scope
