"""A build that prints more than ``runs.log_limit_bytes``, on a real server."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.server import Api, Server

LIMIT = 20_000
LINES = 2_000
CUT = (
    f"[WARN] The log has reached its limit of {LIMIT} bytes: further output is dropped, the build goes on.\n"
)
SHELL = "devcloud2018.codeci_action_20017.action"


@pytest.fixture(scope="module")
def api(server_factory: Callable[..., Server]) -> Iterator[Api]:
    server = server_factory(BOTTEGA_RUNS__LOG_LIMIT_BYTES=str(LIMIT), BOTTEGA_AGENT__SLOTS="2")
    server.start()
    api = Api(server.endpoint, server.credentials)
    yield api
    api.http.close()
    server.stop()


def steps(*commands: str) -> list[dict[str, Any]]:
    return [
        {"module_id": SHELL, "name": f"Step {number}", "enable": True, "properties": {"command": command}}
        for number, command in enumerate(commands, 1)
    ]


def paged(api: Api, path: str, offset: str, end: str, more: str, text: str) -> str:
    """All pages of a log, from operation to operation."""
    pages, at = "", "0"
    while True:
        page = api.call("GET", path.format(at=at))["result"]
        pages, at = pages + page[text], page[end]
        assert int(page[offset]) <= int(at)
        if not page[more]:
            return pages


def test_what_is_too_much_is_dropped_with_a_line_that_says_so_and_the_build_goes_on(api: Api) -> None:
    much = f"i=0; while [ $i -lt {LINES} ]; do i=$((i+1)); echo line $i; done"
    job_id = api.create_task("", "much", steps=steps(much, "echo second step; test -e /etc/passwd"))
    record = api.wait(job_id, api.execute(job_id))
    assert record["status"] == "SUCCESS"
    log = api.log(record)
    numbers = [int(number) for number in re.findall(r"\] line (\d+)\n", log)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert 100 < len(numbers) < LINES
    assert log.count(CUT) == 1
    # The runner's own lines are no output of a tool, so the second step shows, but nothing that it prints.
    assert "[Step 2:" in log.partition(CUT)[2]
    assert "second step\n" not in log
    printed = [line for line in log.splitlines(keepends=True) if "] line " in line]
    assert len("".join(printed).encode()) <= LIMIT


def test_pages_and_download_of_a_log_that_was_cut_are_the_same(api: Api) -> None:
    job_id = api.create_task(f"yes | head -n {LINES}", "cut")
    record = api.wait(job_id, api.execute(job_id))
    whole = api.log(record)
    assert whole.count(CUT) == 1
    v1 = f"/v1/log/{job_id}/1/real-time-log?size=37&start_offset={{at}}"
    v3 = f"/v3/jobs/{job_id}/1/real-time-log?length=1234&offset={{at}}"
    assert paged(api, v1, "start_offset", "end_offset", "has_more", "log") == whole
    assert paged(api, v3, "current_offset", "offset", "has_more_data", "content") == whole
    stage = api.http.get(f"/v4/{record['build_record_id']}/task-log", params={"task_name": "stage1"}).text
    assert stage in whole
    assert CUT in stage


def test_a_build_that_fails_after_its_log_was_cut_fails_as_ever(api: Api) -> None:
    job_id = api.create_task(f"yes | head -n {LINES}; exit 3", "fails")
    record = api.wait(job_id, api.execute(job_id))
    assert (record["status"], "3" in record["err_msg"]) == ("FAILURE", True)
    assert CUT in api.log(record)


def test_one_line_longer_than_the_limit_is_dropped_whole(api: Api) -> None:
    job_id = api.create_task(f"head -c {3 * LIMIT} /dev/zero | tr '\\0' x; echo; echo after", "one-line")
    record = api.wait(job_id, api.execute(job_id))
    assert record["status"] == "SUCCESS"
    log = api.log(record)
    assert log.count(CUT) == 1
    assert len(log) < LIMIT + 5_000
    assert all(line.startswith("[") for line in log.splitlines())
