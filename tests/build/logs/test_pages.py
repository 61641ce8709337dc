"""Pages of every operation add up to the whole, wherever a client lets them end and however they are sorted."""

import re
from typing import Any

from huaweicloudsdkcodeartsbuild.v3 import ShowActionIInfoRequest
from hypothesis import given, settings
from hypothesis import strategies as st

from bottega.build.api.log_arguments import newest_first
from tests.build.harness import Server
from tests.build.logs.logged import LoggedBuild, line

SOME = settings(max_examples=12, deadline=None)
# Line ends of Unicode and of terminals are a part of what a tool printed.
texts = st.text(st.sampled_from("ab界\u2028\x0b\x85é "), max_size=12)
lines = st.builds(line, st.sampled_from(["INFO", "DEBUG", "WARN"]), texts)
logs = st.lists(lines, max_size=12).map("".join)
unended = st.sampled_from(["", "no line end"])
sorts = st.sampled_from(["", "AES", "ASC", "DESC", "desc"])
steps = st.lists(st.integers(1, 90), min_size=1, max_size=4)


def shown(text: str) -> str:
    """What remains of a log at INFO level."""
    kept = [part for part in re.split(r"(?<=\n)", text) if not re.match(r"\[[^\]]+\] \[DEBUG\] ", part)]
    return "".join(kept)


def walk(logged: LoggedBuild, path: str, strides: list[int], sort: str, **query: Any) -> str:
    """All pages, each asked to end so many bytes after its beginning; 0: wherever the server likes."""
    text, at = "", 0
    for number in range(500):
        stride = strides[number % len(strides)]
        end = at + stride if stride else 0
        page = logged.get(path, start_offset=at, end_offset=end, sort=sort, **query)
        assert page["start_offset"] == str(at)
        text += newest_first(page["log"]) if sort.upper() == "DESC" else page["log"]
        at = int(page["end_offset"])
        if not page["has_more"]:
            return text
    raise AssertionError("the pages never end")


def test_pages_between_offsets_add_up_to_the_whole(logged: LoggedBuild) -> None:
    @SOME
    @given(logs, logs, unended, sorts, steps)
    def check(first: str, second: str, end: str, sort: str, strides: list[int]) -> None:
        logged.write(first, second + end)
        whole = shown(first + second + end)
        where = {"job_id": logged.job_id, "build_no": 1}
        assert walk(logged, "/v1/log/stage/page", strides, sort, **where) == whole
        assert walk(logged, "/v1/log/stage/page", [0], sort, **where) == whole

    check()


def test_pages_of_so_many_lines_add_up_to_the_whole(logged: LoggedBuild) -> None:
    path = f"/v1/log/{logged.job_id}/1/real-time-log"

    @SOME
    @given(logs, unended, sorts, steps, st.integers(1, 5))
    def check(log: str, end: str, sort: str, strides: list[int], size: int) -> None:
        logged.write(log + end)
        assert walk(logged, path, strides, sort, size=size) == shown(log + end)
        assert walk(logged, path, [0], sort, size=size) == shown(log + end)

    check()


def test_pages_of_v3_add_up_to_the_whole(logged: LoggedBuild) -> None:
    path = f"/v3/jobs/{logged.job_id}/1/real-time-log"

    @SOME
    @given(logs, unended, st.integers(1, 200))
    def check(log: str, end: str, length: int) -> None:
        logged.write(log + end)
        text, at, more = "", 0, True
        while more:
            page = logged.get(path, offset=at, length=length)
            text, at, more = text + page["content"], page["offset"], page["has_more_data"]
        assert text == shown(log + end)

    check()


def test_pages_of_each_step_add_up_to_its_log_and_the_steps_to_the_whole(logged: LoggedBuild) -> None:
    @SOME
    @given(st.lists(logs, min_size=3, max_size=3), sorts, steps, st.integers(1, 5))
    def check(stages: list[str], sort: str, strides: list[int], size: int) -> None:
        logged.write(*stages)
        together = ""
        for number, log in enumerate(stages, 1):
            where = {"job_id": logged.job_id, "build_no": 1, "step_id": number, "size": size}
            pages = walk(logged, "/v1/log/task/step", strides, sort, **where)
            assert pages == shown(log)
            assert walk(logged, "/v1/log/task/step", [0], sort, **where) == pages
            together += pages
        assert together == shown("".join(stages))

    check()


@given(
    st.lists(st.text(st.sampled_from("ab\u2028\r"), min_size=1, max_size=3), max_size=5),
    st.sampled_from(["", "\n"]),
)
def test_the_newest_line_comes_first(lines: list[str], end: str) -> None:
    text = "\n".join(lines) + (end if lines else "")
    assert newest_first(text) == "\n".join(reversed(lines)) + (end if lines else "")


def test_the_sdk_reads_a_page_of_a_finished_log(server: Server, logged: LoggedBuild) -> None:
    log = "".join(line("INFO", f"line {number}") for number in range(5))
    logged.write(log)
    request = ShowActionIInfoRequest(job_id=logged.job_id, build_no=1, start_offset=0, end_offset=len(log))
    page = server.sdk("alice").show_action_i_info(request).result
    assert (page.log, page.start_offset, page.end_offset) == (log, "0", str(len(log)))
    assert page.has_more is False


def test_a_page_of_a_running_build_promises_more(server: Server, logged: LoggedBuild) -> None:
    log = line("INFO", "first")
    logged.write(log + "unfinished", state="RUNNING", open_stage=True)
    page = logged.get("/v1/log/stage/page", job_id=logged.job_id, build_no=1, start_offset=0, end_offset=0)
    assert (page["log"], page["end_offset"], page["has_more"]) == (log, str(len(log)), True)


def test_bad_pages_are_refused(server: Server, logged: LoggedBuild) -> None:
    logged.write(line("INFO", "x"))
    good = {"job_id": logged.job_id, "build_no": "1", "start_offset": "0", "end_offset": "0", "size": "10"}
    for path in ("/v1/log/stage/page", "/v1/log/task/step"):
        for field, value in (
            ("job_id", "nobody"),
            ("build_no", "0"),
            ("build_no", "first"),
            ("start_offset", "-1"),
            ("end_offset", "-1"),
            ("start_offset", "x"),
            ("sort", "UP"),
        ):
            answer = server.http.get(path, params={**good, field: value})
            assert answer.status_code == 400, (path, field, value)
            assert field in answer.json()["error_msg"]
        for field in ("job_id", "build_no"):
            asked = {name: text for name, text in good.items() if name != field}
            assert server.http.get(path, params=asked).status_code == 400
        for missing in ({"job_id": "a" * 32}, {"build_no": "9"}):
            answer = server.http.get(path, params={**good, **missing})
            assert (answer.status_code, answer.json()["error_code"]) == (422, "DEVCB.00031006")
