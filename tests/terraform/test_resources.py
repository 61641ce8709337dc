"""Resources and data sources of the Terraform provider, replayed from what it sends."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from bottega.ids import new_hex
from tests.support.application import LOG, Application, World, application
from tests.terraform.configurations import OPTIONS, PROPERTIES, SCM, STEPS, full, pairs, updated
from tests.terraform.provider import Provider
from tests.terraform.task import Config, body, drift


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    with application(tmp_path_factory.mktemp("terraform")) as app:
        yield app


@pytest.fixture(scope="module")
def provider(app: Application) -> Provider:
    return Provider(app.url, app.mine)


@pytest.fixture(scope="module")
def http(app: Application) -> Iterator[httpx.Client]:
    with app.caller(app.token(app.mine)) as http:
        yield http


@pytest.fixture
def world(app: Application, http: httpx.Client) -> World:
    return app.world(app.mine, http)


def read(provider: Provider, job_id: str) -> Any:
    return provider.call("GET", f"/v1/job/{job_id}/config?get_all_params=true")["result"]


def test_a_build_task_is_created_changed_imported_and_deleted_without_drift(
    provider: Provider, world: World
) -> None:
    basic: Config = {"project_id": world.project_id, "name": "tf", "arch": "x86-64", "scms": [SCM]}
    job_id = provider.call("POST", "/v1/job/create", body(basic))["result"]["job_id"]
    assert drift(basic, read(provider, job_id)) == []
    bare: Config = {key: basic[key] for key in ("project_id", "name", "arch")}
    for config in (updated(basic), full(updated(basic)), full(basic), bare, basic):
        provider.call("POST", "/v1/job/update", body(config, job_id))
        assert drift(config, read(provider, job_id)) == []
    provider.call("DELETE", f"/v1/job/{job_id}/delete")
    assert provider.is_gone("GET", f"/v1/job/{job_id}/config?get_all_params=true")
    assert provider.is_gone("DELETE", f"/v1/job/{job_id}/delete")
    assert provider.is_gone("DELETE", f"/v1/job/{new_hex()}/delete")


def test_a_task_action_starts_a_build_and_stops_it(provider: Provider, world: World) -> None:
    whole = {
        "job_id": world.job_id,
        "parameter": [{"name": "version", "value": "2"}],
        "scm": {"build_commit_id": "0" * 40},
    }
    for sent in ({"job_id": world.job_id}, whole):
        result = provider.call("POST", "/v1/job/execute", sent)["result"]
        assert isinstance(result["actual_build_number"], str)
        assert result["daily_build_number"].partition(".")[2] == result["actual_build_number"]
        # With the number that the resource has computed; it is text there.
        provider.call("POST", f"/v1/job/{world.job_id}/stop", {"build_no": result["actual_build_number"]})
    # A stop that names no build means the newest: the one that waits since the world began is older.
    provider.call("POST", "/v1/job/execute", {"job_id": world.job_id})
    provider.call("POST", f"/v1/job/{world.job_id}/stop", {})
    page = provider.call("GET", f"/v1/record/{world.build_project_id}/records?limit=100&page=0")["result"][
        "data"
    ]
    assert [one["status"] for one in page] == ["ABORTED", "ABORTED", "ABORTED", "QUEUED", "SUCCESS"]


def tasks(provider: Provider, project_id: str, **filters: Any) -> list[Any]:
    """The data source of tasks; ``filters`` as the provider's configuration has them."""
    found: list[Any] = []
    query = "".join(f"&{name}={value}" for name, value in filters.items())
    page = 0
    while True:
        path = f"/v1/job/{project_id}/list?page_size=100{query}&page_index={page}"
        rows = provider.call("GET", path)["result"]["job_list"]
        if not rows:
            return found
        found += rows
        page += 1


def test_the_tasks_of_a_project_are_found_page_by_page_and_by_filters(
    provider: Provider, world: World
) -> None:
    names = {f"任务 {number}".replace(" ", "-") for number in range(101)}
    for name in names:
        config = {"project_id": world.project_id, "name": name, "arch": "x86-64"}
        provider.call("POST", "/v1/job/create", body(config))
    found = tasks(provider, world.project_id)
    assert len(found) == len({one["id"] for one in found}) == len(names) + 1
    assert names < {one["job_name"] for one in found}
    # Letters of any script, as they are.
    assert {one["job_name"] for one in tasks(provider, world.project_id, search="任务")} == names
    assert tasks(provider, world.project_id, search="no such task") == []
    [built] = tasks(provider, world.project_id, build_status="building")
    assert built["id"] == world.job_id
    assert len(
        tasks(provider, world.project_id, creator_id=world.user_id, sort_field="job_name", sort_order="ASC")
    )
    for name in ("last_build_time", "build_time", "health_score"):
        assert isinstance(built[name], int), name


def records(provider: Provider, build_project_id: str, filters: str = "") -> list[Any]:
    """The data source of records."""
    found: list[Any] = []
    page = 0
    while True:
        path = f"/v1/record/{build_project_id}/records?limit=100{filters}&page={page}"
        rows = provider.call("GET", path)["result"]["data"]
        if not rows:
            return found
        found += rows
        page += 1


def test_records_are_found_by_filters_as_the_provider_writes_them(provider: Provider, world: World) -> None:
    def found(filters: str) -> list[str]:
        return [one["build_no"] for one in records(provider, world.build_project_id, filters)]

    waiting, done = records(provider, world.build_project_id)
    both = [waiting["build_no"], done["build_no"]]
    for name in ("id", "status", "create_time", "finish_time", "display_name", "trigger_name", "user_id"):
        assert isinstance(done[name], str) and done[name], name
    for name in ("status_code", "duration", "build_duration", "pending_duration"):
        assert isinstance(done[name], int), name
    # A year, and not escaped.
    window = "&from_date={0}-01-01 00:00:00&to_date={0}-12-31 23:59:59"
    year = done["create_time"][:4]
    assert found(window.format(year)) == both == ["2", "1"]
    assert found(window.format("2001")) == []
    for query in ({"triggers": done["trigger_name"]}, {"triggers": "MANUAL"}, {"branches": done["branch"]}):
        assert found("&" + urlencode(query)) == both, query
    assert found("&tags=none&tags=other") == found("&branches=none&triggers=NOBODY") == []


def test_a_log_is_downloaded_as_octets_at_any_level(provider: Provider, world: World) -> None:
    for query in ("", "?log_level=INFO", "?log_level=debug"):
        answer = provider.send("GET", f"/v4/{world.record_id}/download-log{query}")
        assert (answer.status, answer.content.decode()) == (200, LOG)
        assert answer.media_type.startswith("application/octet-stream")
    unknown = provider.send("GET", f"/v4/{new_hex()}/download-log")
    assert unknown.status >= 400
    assert unknown.document["error_code"]


def template_pages(provider: Provider) -> Iterator[dict[str, Any]]:
    """Pages as the provider asks for them: until one is empty."""
    page = 1
    while found := provider.call("GET", f"/v1/template/custom?page_size=100&page={page}")["result"]["items"]:
        yield from found
        page += 1


def test_a_template_is_created_found_on_any_page_and_deleted(provider: Provider) -> None:
    parameters = [{"name": "hudson.model.StringParameterDefinition", "params": pairs(OPTIONS)}]
    sent = {
        "name": "tf-test",
        "description": "demo",
        "parameters": parameters,
        "template": {"steps": STEPS},
    }
    uuid = provider.call("POST", "/v1/template/create", sent)["result"]["uuid"]
    for number in range(101):
        other = {"name": f"other-{number}", "template": {"steps": STEPS[:1]}}
        provider.call("POST", "/v1/template/create", other)

    [found] = [one for one in template_pages(provider) if one["uuid"] == uuid]
    assert (found["name"], found["description"], found["tool_type"]) == ("tf-test", "demo", None)
    steps = found["template"]["steps"]
    assert [one["properties"] for one in steps] == [None, PROPERTIES]
    plain = ("enable", "module_id", "name")
    assert [{key: one[key] for key in plain} for one in steps] == [
        {key: one[key] for key in plain} for one in STEPS
    ]
    [shown] = found["parameters"]
    assert {pair["name"]: pair["value"] for pair in shown["params"]} == OPTIONS
    assert (found["type"], found["scope"], found["public"]) == ("codeci", "custom", True)
    assert (found["favourite"], found["weight"], found["nick_name"]) == (False, 0.0, "admin")
    assert len(found["id"]) == 24
    assert found["create_time"].endswith("+00:00")

    provider.call("DELETE", f"/v1/template/{uuid}/delete")
    again = provider.send("DELETE", f"/v1/template/{uuid}/delete")
    assert (again.status, again.document["error_code"]) == (422, "DEV.CB.0520002")
    assert uuid not in {one["uuid"] for one in template_pages(provider)}
