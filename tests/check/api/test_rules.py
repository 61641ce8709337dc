"""Rules by the API: all of them, those of a set, one, and how many of what."""

import csv
import io
import json

import pytest
from huaweicloudsdkcodeartscheck.v2 import ListRulesRequest, ListTemplateRulesRequest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from tests.build.harness import Server
from tests.check.rules import ASSERT, COMPLEX, PYTHON, UNUSED_IMPORT, made, sdk_of
from tests.support.catalogues import shared_catalogue

ENGLISH = {"X-Language": "en-us"}


def test_the_sdk_lists_rules_page_by_page(server: Server) -> None:
    sdk = sdk_of(server, "alice")
    python = len(shared_catalogue().of_language("PYTHON"))
    first = sdk.list_rules(ListRulesRequest(rule_languages="Python", limit=1000))
    assert (first.total, len(first.info)) == (python, min(python, 1000))
    second = sdk.list_rules(ListRulesRequest(rule_languages="py", offset=1, limit=2))
    assert [one.rule_id for one in second.info] == [one.rule_id for one in first.info[1:3]]
    complex_ = next(one for one in first.info if one.rule_id == COMPLEX)
    assert (complex_.rule_set, complex_.rule_language) == ("Ruff", "PYTHON")
    assert complex_.rule_desc.startswith("<h2>")
    assert complex_.error_example.startswith("<pre>\n")
    both = sdk.list_rules(ListRulesRequest(rule_languages="Python,java,js", rule_severity="0,1"))
    assert {one.rule_severity for one in both.info} <= {"0", "1"}
    assert len(sdk.list_rules(ListRulesRequest()).info) == 100


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"rule_languages": "cobol"}, "rule_languages"),
        ({"rule_severity": "4"}, "rule_severity"),
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"offset": -1}, "offset"),
    ],
)
def test_what_no_list_of_rules_can_be_is_refused(server: Server, query: dict[str, str], field: str) -> None:
    answer = server.http.get("/v2/rules", params=query)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "CC.00050000")
    assert answer.json()["error_msg"].startswith(f"{field}: ")


def test_the_rules_of_a_set_are_listed_on_and_off(server: Server, project_id: str) -> None:
    sdk = sdk_of(server, "alice")
    config = {
        "rule_id": COMPLEX,
        "value": "1",
        "rule_config_list": [{"option_key": "threshold", "option_value": "7"}],
    }
    attributes = [{"attribute": "severity", "rules": [config]}]
    own = made(sdk, project_id, rule_ids=COMPLEX, uncheck_ids=UNUSED_IMPORT, custom_attributes=attributes)

    def listed(types: str, **more: str) -> dict[str, str]:
        found: dict[str, str] = {}
        total = 1
        while len(found) < total:
            request = ListTemplateRulesRequest(
                project_id=project_id, ruleset_id=own, types=types, offset=len(found), limit=1000, **more
            )
            answer = sdk.list_template_rules(request)
            total = answer.total
            found |= {one.rule_id: one.checked for one in answer.info}
        return found

    on, off = listed("2"), listed("3")
    assert listed("1") == listed("2,3") == on | off
    assert (on[COMPLEX], off[UNUSED_IMPORT]) == ("1", "0")
    assert listed("1", languages="java") == listed("1", tags="no such tag") == {}
    request = ListTemplateRulesRequest(project_id=project_id, ruleset_id=own, types="2", limit=1000)
    rule = next(one for one in sdk.list_template_rules(request).info if one.rule_id == COMPLEX)
    assert rule.rule_severity == "1"
    threshold, modified = rule.rule_config_list
    assert (threshold.option_key, threshold.option_value, threshold.default_value) == ("threshold", "7", "10")
    assert (threshold.option_name, modified.option_name) == ("新增阈值", "修改阈值")
    assert (modified.option_value, threshold.template_id) == ("", own)
    with pytest.raises(ClientRequestException) as refused:
        request = ListTemplateRulesRequest(project_id=project_id, ruleset_id="0" * 32, types="1")
        sdk.list_template_rules(request)
    assert (refused.value.status_code, refused.value.error_code) == (404, "CC.00050003")


def test_the_newer_operations_list_count_and_show_rules(server: Server) -> None:
    http = server.http
    query = {"languages": "python", "system_tag": "ruff", "search": "assert", "page_size": 200}
    result = http.get("/v2/criterions", params=query).json()["result"]
    assert result["total"] == len(result["criterionList"])
    assert ASSERT in {one["id"] for one in result["criterionList"]}
    general = {"set_id": PYTHON.id, "languages": "python", "page_size": 200, "status": "disable"}
    off = http.get("/v2/criterions", params=general).json()["result"]
    assert {one["status"] for one in off["criterionList"]} == {"disable"}
    counted = http.get("/v1/criterion-filters", params={**general, "status": ""}).json()["result"]
    facets = {
        one["property"]: {value["val"]: int(value["count"]) for value in one["values"]}
        for one in counted["facets"]
    }
    assert facets["languages"] == {"PYTHON": counted["total"]}
    assert sum(facets["severitys"].values()) == counted["total"]
    body = http.get(f"/v1/rule/criterion-rule/query/{COMPLEX}", headers=ENGLISH).json()
    assert (body["httpStatus"], body["status"]) == ("OK", "success")
    (shown,) = body["result"]
    assert (shown["id"], shown["language"], shown["systemTag"]) == (COMPLEX, "PYTHON", "ruff")
    unknown = http.get("/v1/rule/criterion-rule/query/ruff:NOTHING")
    assert (unknown.status_code, unknown.json()["error_msg"]) == (404, "rule ruff:NOTHING does not exist")


def test_the_rules_of_a_set_are_exported(server: Server, project_id: str) -> None:
    own = made(
        sdk_of(server, "alice"), project_id, "名字", is_default="0", template_id=None, rule_ids=COMPLEX
    )
    answer = server.http.get(f"/v1/criterionsets/{own}/export")
    assert "filename*=UTF-8''%E5%90%8D%E5%AD%97.csv" in answer.headers["Content-Disposition"]
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (row["id"], row["engine"], row["options"]) == (COMPLEX, "ruff", "threshold=10")
    exported = json.loads(server.http.get(f"/v1/criterionsets/{own}/export?format=json").content)
    assert [one["id"] for one in exported["rules"]] == [COMPLEX]
    assert server.http.get(f"/v1/criterionsets/{own}/export?format=xml").status_code == 400
