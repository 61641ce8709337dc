"""What strangers are told: that this is Bottega, whether it serves, and its numbers."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bottega import __version__
from tests.support.application import Application, application


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    with application(tmp_path_factory.mktemp("health")) as running:
        yield running


def test_the_root_says_where_everything_is(app: Application) -> None:
    answer = app.stranger.get("/")
    assert answer.status_code == 200
    found = answer.json()
    assert (found["name"], found["version"]) == ("Bottega", __version__)
    for name in ("health", "metrics", "openapi"):
        assert app.stranger.get(found[name]).status_code == 200, name


def test_health_tells_what_is_missing(app: Application, tmp_path: Path) -> None:
    whole = app.stranger.get("/healthz")
    assert (whole.status_code, whole.json()) == (200, {"status": "ok", "version": __version__, "missing": []})
    with application(tmp_path, missing=lambda: ["the broker"]) as starting:
        lacking = starting.stranger.get("/healthz")
        assert lacking.status_code == 503
        assert (lacking.json()["status"], lacking.json()["missing"]) == ("starting", ["the broker"])


def test_numbers_count_runs_and_name_no_tenant(app: Application) -> None:
    with app.caller(app.token(app.mine)) as http:
        world = app.world(app.mine, http)
    answer = app.stranger.get("/metrics")
    assert answer.status_code == 200
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert found["bottega_runs", "queued"] >= 1
    assert found["bottega_runs", "running"] == 0
    assert found["bottega_database_transactions_total", "write"] > 0
    assert not [one for one in world.ids.values() if len(one) > 8 and one in answer.text]


def test_the_root_takes_no_other_method(app: Application) -> None:
    answer: httpx.Response = app.stranger.post("/")
    assert answer.status_code in {401, 405}
