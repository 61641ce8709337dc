"""The analysers of a server, and a check in sentences."""

from bottega.check.catalogue.rules import number_of
from bottega.check.scanning.plan import UNCHANGED, EngineReport
from bottega.check.tasks.tables import CheckScan
from tests.build.harness import Server
from tests.check.making import Scans, finding, new_task, result, scanned


def test_analysers_are_listed_with_their_versions_or_why_they_are_missing(server: Server) -> None:
    account = server.callers["alice"].tenant_id
    listed = server.http.get(f"/v2/{account}/checkers-version").json()["result"]
    catalogue = server.services.catalogues.current()
    assert {one["name"]: (one["version"], one["reason"]) for one in listed} == {
        name: (catalogue.versions.get(name, ""), catalogue.missing.get(name, ""))
        for name in catalogue.engines
    }
    (ruff,) = [one for one in listed if one["name"] == "ruff"]
    assert (ruff["available"], ruff["languages"]) == (True, ["PYTHON"])
    assert ruff["rules"] == sum(rule.engine == "ruff" for rule in catalogue.rules.values())
    assert server.http.get(f"/v2/{'0' * 32}/checkers-version").status_code == 404


def test_analysers_of_a_language_are_listed_by_the_number_that_parameters_have(server: Server) -> None:
    answer = server.http.get("/v2/excute/all-thirdtools", params={"language": "Go", "rule_type": "3"})
    found = {one["name"]: one["id"] for one in answer.json()["result"]}
    assert found["govet"] == number_of("govet")
    assert "ruff" not in found
    whole = server.http.get("/v2/excute/all-thirdtools").json()["result"]
    assert {one["name"] for one in whole} == server.services.catalogues.current().engines.keys()
    for query, field in (({"language": "klingon"}, "language"), ({"rule_type": "2"}, "rule_type")):
        refused = server.http.get("/v2/excute/all-thirdtools", params=query)
        assert (refused.status_code, refused.json()["error_msg"].partition(":")[0]) == (400, field)


def test_a_check_is_summed_up_in_sentences(server: Server, workshop: str) -> None:
    database = server.services.database
    task_id = new_task(database, server.callers["alice"], workshop)
    path, asked = "/v1/defects/assistant-analysis/task-summary", {"task_id": task_id}
    english = {"X-Language": "en-us"}
    nothing = server.http.post(path, json=asked, headers=english).json()["result"]
    assert nothing == "The task has not been checked yet."
    engines = [EngineReport(engine="demo", state="failed", reason="it fell over")]
    found = [finding(line=1, severity=0), finding(line=2, severity=3, rule="demo:two"), finding(line=3)]
    lost, unchanged = (
        scanned(skipped, engines=(), skipped=skipped, metrics=None)
        for skipped in ("a binary file", UNCHANGED)
    )
    Scans(database, task_id)(result(found, [scanned(), lost, unchanged], engines=engines, whole=False))
    with database.write() as session:
        scan = session.query(CheckScan).filter_by(task_id=task_id).one()
        scan.gate, scan.gate_faults = "error", ["1 fatal issues, at most 0"]
    told = server.http.post(path, params={"project_id": workshop}, json=asked, headers=english)
    assert told.json()["result"].splitlines() == [
        "Check 1 of main: pending issues: 3 (fatal 1, serious 0, general 1, hint 1), of which new: 3.",
        "Most of them: one (2), two (1).",
        "Files: 3; lines of code: 8, of which duplicated: 0.0%; functions that are too complex: 0.",
        "Not everything was looked at. Files that an engine or all of them skipped: 1; engines that did not do "
        "their work: demo.",
        "The quality gate is not passed: 1 fatal issues, at most 0.",
    ]
    chinese = server.http.post(path, json=asked).json()["result"]
    assert "待处理问题 3 个" in chinese
    elsewhere = server.http.post(path, params={"project_id": "0" * 32}, json=asked)
    assert elsewhere.status_code == 404
