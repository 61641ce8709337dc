"""The reference pages and the code say the same."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from huaweicloudsdkcodeartsbuild.v3 import CodeArtsBuildClient
from huaweicloudsdkcodeartscheck.v2 import CodeArtsCheckClient
from huaweicloudsdkprojectman.v4 import ProjectManClient

from bottega.app import Services
from bottega.build.api.families import V1_CODES, V3_CODES
from bottega.check.api.families import CODES as CHECK_CODES
from bottega.http import authentication
from bottega.http.errors import DEFAULT_CODES, HTTP_CODES, INTERNAL_CODE
from bottega.projects.errors import CODES as PROJECT_CODES
from bottega.routes import create_routes
from bottega.runs.states import TRANSITIONS, RunState
from bottega.settings import Section, Settings, load

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
LIVE_ONLY = {
    "create_check_job",
    "stop_check_job",
    "list_check_jobs",
    "show_last_check_jobs",
    "show_check_log",
    "download_check_log",
    "issue_list_by_filter",
    "issue_filter",
    "update_issue_status",
    "next_status",
    "display_trend",
    "show_task_measures",
    "submit_defects_file_content",
    "extract_task_assistant_summary",
    "show_checkers_version",
    "list_third_tools",
    "get_measure_list",
    "get_measure_list_v2",
    "show_folder_measures",
    "filter_measure_total",
    "show_measure_duplication_info",
    "show_related_duplicate_blocks",
    "list_related_duplicate_blocks",
    "list_package_spec_statuses",
    "show_domain_federation",
    "list_badge_branches",
    "show_coverage_metrics",
    "show_build_output",
    "rerun_job",
    "download_task_log_new",
    "list_tag_list",
    "show_git_code_repository",
    "show_git_code_repository_branches",
    "show_action_info",
    "show_log_analysis",
    "list_rulesets_v3",
    "list_criterion",
    "show_criterion_rule",
    "show_filter",
    "list_all_criterion_sets",
    "list_criterion_sets_by_language",
    "list_criterion_sets_by_ids",
    "show_set_info",
    "list_default_sets",
    "modify_criterion_into_set",
    "show_tasks_list",
    "show_code_sum_measures",
    "list_tasks_v2",
    "query_tasks_v2",
    "create_task_v3",
    "get_task_info_by_id",
    "delete_task_v3",
    "list_branch_tasks",
    "show_check_list",
    "update_code_gate",
    "update_mr_check_mode",
    "modify_pipeline_task_v2",
    "update_code_check_webhook",
    "show_owner_matching_switch",
    "update_owner_matching_switch",
    "show_task_resource_pool",
    "update_task_resource_pool",
    "update_ignore_files",
    "list_ignored_files",
    "list_all_files",
    "show_template_tasks",
    "list_task_groups",
    "create_task_group",
    "update_task_group",
    "delete_task_group",
    "move_tasks_to_group",
    "list_check_repositories",
    "list_repository_branches",
    "show_task_cron",
    "update_task_cron",
    "show_task_notification",
    "show_check_notification",
    "detect_language",
    "show_pre_check_script",
    "show_task_webhook_info",
    "list_check_languages",
    "show_tenant_package_status",
    "show_vpcep_authorization",
    "show_code_health_svg",
    "put_pdf_job",
    "get_async_job",
    "get_async_job_v2",
    "get_pdf_file",
}
"""Operations of the live service that the SDK lacks, named as in its documentation."""

OWN = {
    "update_issue_owner",
    "show_issue",
    "show_code_health_link",
    "export_issues",
    "import_sarif",
    "list_sarif_imports",
    "create_code_health_link",
    "delete_code_health_link",
    "show_defect_file_content",
    "show_task_statistics",
    "stop_build_record",
    "create_job_hook",
    "update_job_hook",
    "list_job_hooks",
    "rotate_job_hook",
    "delete_job_hook",
    "list_job_hook_deliveries",
    "redeliver_job_hook",
    "receive_hook",
    "show_job_badge",
    "show_public_badge",
    "show_job_badge_link",
    "create_job_badge_link",
    "delete_job_badge_link",
    "list_agent_pools",
    "create_agent_pool",
    "show_agent_pool",
    "update_agent_pool",
    "delete_agent_pool",
    "update_pool_agent",
    "announce_upload",
    "check_artifact_file",
    "delete_caches",
    "delete_package_version",
    "download_artifact_file",
    "fetch_artifact",
    "fetch_cache",
    "fetch_check_plan",
    "fetch_check_verdict",
    "list_artifact_files",
    "list_caches",
    "list_package_versions",
    "list_packages",
    "receive_upload",
    "show_artifact_file",
    "show_provenance",
    "show_signing_key",
    "export_criterion_set",
    "show_code_gate",
    "show_tenant_gate",
    "update_tenant_gate",
    "delete_tenant_gate",
    "show_project_gate",
    "update_project_gate",
    "delete_project_gate",
    "update_task_notification",
    "update_check_notification",
    "create_task_webhook",
    "update_task_webhook",
    "delete_task_webhook",
    "check_task_webhook",
}
"""Operations of Bottega's own, for what CodeArts Build does without an operation, elsewhere, or not at all."""

ROW = re.compile(r"^\| (.+) \|$", re.MULTILINE)


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def rows(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in row.split("|")] for row in ROW.findall(text)]


def keys(section: type[Section] = Settings, above: str = "") -> Iterator[tuple[str, str]]:
    """Every key with its default as the page writes it."""
    for field in msgspec.structs.fields(section):
        name = above + field.name
        kinds = [section_of(kind) for kind in (field.type, *get_args(field.type))]
        below = next((kind for kind in kinds if kind is not None), None)
        if below is not None and field.default_factory is not list:
            yield from keys(below, name + ".")
            continue
        yield name, shown_default(field)
        if below is not None:
            yield from keys(below, name + ".")


def section_of(kind: Any) -> type[Section] | None:
    return kind if isinstance(kind, type) and issubclass(kind, Section) else None


def shown_default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    return f"`{msgspec.json.encode(value).decode()}`"


def documented_settings() -> dict[str, str]:
    return {
        row[0].strip("`"): row[2] for row in rows(page("reference/settings.md")) if row[0].startswith("`")
    }


def test_every_setting_is_documented_with_its_default() -> None:
    assert documented_settings() == dict(keys())


def test_the_settings_page_covers_all_sections() -> None:
    sections = {name for name, kind in get_type_hints(Settings).items() if section_of(kind)}
    assert sections <= {key.partition(".")[0] for key in documented_settings()}


@pytest.fixture(scope="module")
def operations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[set[tuple[str, str, str]]]:
    data = tmp_path_factory.mktemp("docs") / "data"
    services = Services(load(overrides={"data_dir": str(data)}, environment={}))
    found: set[tuple[str, str, str]] = set()
    for route in create_routes(services, list).routes:
        path = re.sub(r":\w+}", "}", route.path)
        if path in {"/openapi", "/openapi/{path}"}:
            # The framework's own pages around the description.
            continue
        for handler in getattr(route, "route_handlers", []):
            for method in handler.http_methods - {"OPTIONS"}:
                found.add((method, path, handler.operation_id or ""))
    yield found
    services.close()


def test_the_operations_page_has_every_route_and_no_other(operations: set[tuple[str, str, str]]) -> None:
    documented = {
        (row[0], row[1].strip("`"), row[2].strip("`"))
        for row in rows(page("reference/http-operations.md"))
        if row[0].isupper()
    }
    assert documented == operations


def test_operations_are_named_as_in_the_official_sdk(operations: set[tuple[str, str, str]]) -> None:
    known = {*dir(CodeArtsBuildClient), *dir(CodeArtsCheckClient), *dir(ProjectManClient)}
    named = {name for _, _, name in operations if name and not name.startswith("keystone_")}
    # The audit trail speaks the language of another service, whose SDK is not needed for anything else.
    assert named - {"list_traces"} - LIVE_ONLY - OWN <= known
    assert not (LIVE_ONLY | OWN) & known


def test_the_states_page_has_every_transition() -> None:
    documented = {
        row[0].strip("`"): set(re.findall(r"`(\w+)`", row[2]))
        for row in rows(page("reference/run-states.md"))
        if row[0].strip("`") in set(RunState)
    }
    assert documented == {str(state): set(targets) for state, targets in TRANSITIONS.items()}


def test_the_errors_page_has_every_code() -> None:
    codes = {
        code
        for table in (DEFAULT_CODES, V1_CODES, V3_CODES, PROJECT_CODES, CHECK_CODES)
        for _, code in table.values()
    }
    codes |= {*HTTP_CODES.values(), INTERNAL_CODE}
    codes |= {value for name, value in vars(authentication).items() if name.endswith("_CODE")}
    text = page("reference/errors.md")
    assert sorted(code for code in codes if f"`{code}`" not in text) == []


@pytest.mark.parametrize(
    "file", [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))], ids=lambda file: file.stem
)
def test_links_lead_to_files(file: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", file.read_text("utf-8"))
    assert [target for target in targets if not (file.parent / target).exists()] == []
