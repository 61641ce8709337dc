"""Sizes and duplicates of single files, over HTTP."""

from pathlib import Path
from typing import Any

import pytest

from bottega.check.scanning.plan import DuplicateBlock, FileMetrics, Place
from bottega.check.scans import snapshots
from bottega.check.tasks.tables import CheckScan
from bottega.check.tracking.snapshots import FileSnapshot
from bottega.ids import new_hex
from bottega.store.objects import open_objects
from tests.build.harness import Server
from tests.check.making import Scans, new_task, result, scanned

BLOCK = DuplicateBlock(
    lines=12,
    places=(
        Place(path="src/a.py", line=1, end_line=12),
        Place(path="src/b.py", line=30, end_line=41),
        Place(path="src/a.py", line=50, end_line=61),
    ),
)


@pytest.fixture
def task_id(server: Server, workshop: str) -> str:
    task_id = new_task(server.services.database, server.callers["alice"], workshop)
    files = [
        scanned("src/a.py", metrics=FileMetrics(lines=90, code=60, duplicated_lines=24, duplicated_blocks=2)),
        scanned(
            "src/b.py",
            metrics=FileMetrics(
                lines=100, code=100, comments=20, functions=2, complexity=16, duplicated_lines=12
            ),
        ),
        scanned("src/c.py", metrics=FileMetrics(lines=10, code=0, functions=1, complexity=1)),
        scanned("logo.svg", metrics=None),
    ]
    Scans(server.services.database, task_id)(result(files=files, duplicates=[BLOCK]))
    return task_id


def post(server: Server, path: str, **body: Any) -> Any:
    answer = server.http.post(path, json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "success"
    return answer.json()["result"]


def keep_contents(server: Server, task_id: str, contents: dict[str, str]) -> None:
    """What the newest check saw in these files; each content is a letter."""
    files = {path: FileSnapshot(letter * 64, b"12345678") for path, letter in contents.items()}
    key = f"check/{new_hex()}"
    objects = open_objects("", Path(server.services.settings.data_dir) / "objects", {})
    objects.put(key, snapshots.packed(files))
    with server.services.database.write() as session:
        scan = session.query(CheckScan).filter_by(task_id=task_id).one()
        scan.snapshot_key = key


@pytest.mark.parametrize(
    ("wanted", "paths"),
    [
        ({}, ["a", "b", "c"]),
        ({"filterType": "ratioBig"}, ["a"]),
        ({"filterType": "ratioSmall"}, ["b", "c"]),
        ({"filterType": "complexityBig"}, ["b"]),
        ({"filterType": "complexitySmall", "page": 2, "pageSize": 1}, ["c"]),
        ({"sortField": "cyclomaticComplexityFile"}, ["b", "c", "a"]),
        ({"sortField": "codeDuplicationRatio", "sortType": "ASC"}, ["c", "b", "a"]),
        ({"sortField": "codeDuplicationLines", "search": "SRC/", "pageSize": 2}, ["a", "b"]),
        ({"search": "b.py"}, ["b"]),
    ],
)
def test_files_are_listed_by_what_they_measure(
    server: Server, task_id: str, wanted: dict[str, Any], paths: list[str]
) -> None:
    found = post(server, "/v2/measure/measure-list", taskId=task_id, **wanted)
    assert [one["filePath"][4] for one in found["measureProjectInfos"]] == paths


def test_measures_of_a_file_are_its_own(server: Server, task_id: str) -> None:
    listed = server.http.get(f"/v1/tasks/{task_id}/measure-list?page_size=2&page_num=1").json()["result"]
    assert listed["total"] == 3
    first, second = listed["measureProjectInfos"]
    assert (first["codeDuplicationRatio"], first["codeDuplicationLines"]) == (40.0, 24)
    assert (second["cyclomaticComplexityFile"], second["commentRatio"]) == (8.0, 16.7)
    counts = post(server, "/v1/measure/measure-total", taskId=task_id)
    assert counts == {
        "ratioBigTotal": 1,
        "ratioSmallTotal": 2,
        "complexityBigTotal": 1,
        "complexitySmallTotal": 2,
        "commentRatio": 11.1,
    }
    assert post(server, "/v1/measure/measure-total", taskId=task_id, search="none")["ratioSmallTotal"] == 0
    whole = server.http.get("/v1/defects/task-measures", params={"task_id": task_id}).json()["result"]
    assert whole["metric_info"]["raw_lines"] == "200"


def test_measures_of_a_folder_are_those_of_what_lies_below(server: Server, task_id: str) -> None:
    path = f"/v1/tasks/{task_id}/folder-measures"
    keep_contents(server, task_id, {"src/a.py": "a", "src/c.py": "a", "src/b.py": "b"})
    whole = server.http.get(path).json()["result"]
    assert (whole["filePath"], whole["total"]) == ("", 2)
    assert [(one["filePath"], one["isLeaf"]) for one in whole["info"]] == [("src", False), ("logo.svg", True)]
    wanted = {"code_size": "160", "raw_lines": "200", "methods_total": "3", "file_duplication_total": "2"}
    assert whole["metricInfo"].items() >= wanted.items()
    assert whole["metricInfo"]["files_total"] == "4"
    folder = server.http.get(path, params={"folder": "/src/", "page_size": 2}).json()["result"]
    assert folder["metricInfo"].items() >= {**wanted, "files_total": "3", "folders_total": "1"}.items()
    assert [one["filePath"] for one in folder["info"]] == ["src/a.py", "src/b.py"]
    assert folder["info"][1]["metricInfo"]["cyclomatic_complexity_per_method"] == "8.00"
    refused = server.http.get(path, params={"folder": "sr"})
    assert (refused.status_code, refused.json()["error_msg"].partition(":")[0]) == (400, "folder")


def test_duplicates_name_the_other_places_of_the_same_code(server: Server, task_id: str) -> None:
    query = {"file_path": "src/a.py"}
    path = f"/v1/tasks/{task_id}/related-duplicate-blocks"
    first, second = server.http.get(path, params=query).json()["result"]
    assert (first["blockId"], first["lines"], first["startLine"]) == ("1", 12, 1)
    assert first["relatedBlocks"] == [
        {"filePath": "src/b.py", "startLine": 30, "endLine": 41},
        {"filePath": "src/a.py", "startLine": 50, "endLine": 61},
    ]
    assert second["startLine"] == 50
    assert server.http.get(path, params={**query, "block_id": "2"}).json()["result"] == []
    asked = {"taskId": task_id, "filePath": "src/a.py"}
    (found,) = post(server, "/v2/related-duplicate-blocks", **asked, startLine=55)
    assert found["startLine"] == 50
    info = post(server, "/v1/measure/measure-duplication-info", **asked, startLine=1, endLine=20)
    assert (info["codeDuplicationBlocks"], [one["endLine"] for one in info["blocks"]]) == (2, [12])


def test_files_that_are_the_same_as_a_whole_name_each_other(server: Server, task_id: str) -> None:
    keep_contents(server, task_id, {"src/a.py": "a", "src/c.py": "a", "src/b.py": "b"})
    asked = {"taskId": task_id, "duplicationType": "duplication_file"}
    (found,) = post(server, "/v2/related-duplicate-blocks", **asked, filePath="src/a.py")
    assert (found["blockId"], found["endLine"]) == ("", 90)
    assert [one["filePath"] for one in found["relatedBlocks"]] == ["src/c.py"]
    assert post(server, "/v2/related-duplicate-blocks", **asked, filePath="src/b.py") == []


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v2/measure/measure-list", {"filterType": "best"}, "filterType"),
        ("/v2/measure/measure-list", {"sortField": "size"}, "sortField"),
        ("/v2/measure/measure-list", {"sortType": "up"}, "sortType"),
        ("/v2/measure/measure-list", {"pageSize": 201}, "pageSize"),
        ("/v2/related-duplicate-blocks", {"filePath": "gone.py"}, "filePath"),
        ("/v2/related-duplicate-blocks", {"filePath": "src/a.py", "blockId": "one"}, "blockId"),
        ("/v1/measure/measure-duplication-info", {"filePath": "src/a.py", "startLine": -1}, "startLine"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    server: Server, task_id: str, path: str, body: dict[str, Any], field: str
) -> None:
    refused = server.http.post(path, json={"taskId": task_id, **body})
    assert (refused.status_code, refused.json()["error_msg"].partition(":")[0]) == (400, field)
