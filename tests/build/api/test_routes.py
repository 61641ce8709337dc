"""Ids of different kinds stand at the same position of a path: every path must still reach its own operation."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from huaweicloudsdkcodeartsbuild.v3 import CodeArtsBuildClient
from huaweicloudsdkcodeartscheck.v2 import CodeArtsCheckClient
from litestar import Litestar
from litestar.routes import HTTPRoute

from bottega.app import Services
from bottega.routes import create_routes
from bottega.settings import Settings

JOB = "a" * 32
RECORD = "12345678-1234-1234-1234-123456789abc"

OPERATIONS = [
    ("POST", "/v1/job/create", "create_new_job"),
    ("POST", "/v1/job/update", "update_new_job"),
    ("GET", f"/v1/job/{JOB}/config", "show_job_config"),
    ("DELETE", f"/v1/job/{JOB}/delete", "delete_the_job"),
    ("POST", "/v1/job/execute", "execute_job"),
    ("POST", f"/v1/job/{JOB}/stop", "stop_the_job"),
    ("GET", f"/v1/job/{JOB}/running-status", "show_running_status"),
    ("GET", f"/v1/job/{JOB}/status", "show_job_step_status"),
    ("GET", f"/v1/job/{JOB}/info", "show_job_info"),
    ("GET", "/v1/job/list", "list_job"),
    ("GET", f"/v1/job/{JOB}/list", "list_project_jobs"),
    ("GET", f"/v1/job/{JOB}/group/tree", "list_group_tree"),
    ("POST", f"/v1/job/{JOB}/group/create", "create_job_group"),
    ("PUT", f"/v1/job/{JOB}/group/update", "update_job_group"),
    ("DELETE", f"/v1/job/{JOB}/group/delete", "delete_group"),
    ("POST", f"/v1/job/{JOB}/group/move", "move_group"),
    ("POST", f"/v1/job/{JOB}/group/swap", "switched_packet"),
    ("GET", "/v1/job/build-params", "show_build_params_list"),
    ("GET", "/v1/job/default-parameters", "show_default_build_parameters"),
    ("GET", "/v1/job/system-parameters", "show_job_system_parameters"),
    ("GET", f"/v1/record/{RECORD}/records", "list_records"),
    ("GET", f"/v1/record/{RECORD}/info", "show_build_record"),
    ("GET", f"/v1/record/{JOB}/list", "list_build_info_record_by_job_id"),
    ("GET", "/v1/report/ratio", "show_job_build_success_ratio"),
    ("GET", "/v1/report/time", "show_job_build_time"),
    ("GET", "/v1/report/branches", "list_repo_branch"),
    ("GET", f"/v1/report/{JOB}/repositories", "list_repository"),
    ("GET", f"/v1/report/{JOB}/summary", "show_report_summary"),
    ("GET", "/v1/report/junit/coverage/list", "list_junit_coverage_summary"),
    ("GET", "/v1/report/junit/coverage/download", "download_junit_coverage_zip"),
    ("GET", f"/v3/jobs/{JOB}/success-ratio", "show_job_success_ratio"),
    ("GET", f"/v4/jobs/{JOB}/7/record-info", "show_record_detail"),
    ("GET", f"/v1/record/{JOB}/7/record-info", "show_job_build_record_detail"),
    ("GET", f"/v1/record/{JOB}/7/build-info-record", "show_build_info_record"),
    ("GET", f"/v1/job/{JOB}/7/build-info", "show_build_details"),
    ("GET", f"/v1/job/{JOB}/7/history-parameters", "list_build_parameter"),
    ("GET", f"/v1/record/{RECORD}/build-script", "show_build_record_build_script"),
    ("GET", f"/v1/record/{RECORD}/flow-graph", "show_build_record_flow_graph"),
    ("GET", f"/v1/record/{RECORD}/statistics", "show_job_total"),
    ("POST", "/v1/record/brief", "list_brief_record"),
    ("GET", f"/v3/jobs/{JOB}/build-info-records", "list_build_info_record"),
    ("GET", f"/v3/jobs/{JOB}/last-history", "show_last_history"),
    ("GET", f"/v3/jobs/{JOB}/7/output-info", "show_output_info"),
    ("GET", f"/v3/{RECORD}/flow-graph", "show_flow_graph"),
    ("GET", f"/v1/record/{RECORD}/full-stages", "show_build_record_full_stages"),
    ("GET", f"/v1/log/{JOB}/7/real-time-log", "download_build_real_time_log"),
    ("GET", "/v1/log/stage/page", "show_action_i_info"),
    ("GET", f"/v1/log/{RECORD}/download-log", "download_build_full_log"),
    ("GET", f"/v3/{RECORD}/download-log", "download_log_by_record_id"),
    ("GET", f"/v4/{RECORD}/download-log", "download_build_log"),
    ("GET", f"/v4/{RECORD}/task-log", "download_task_log"),
    ("POST", "/v2/keystore/upload", "upload_keystore"),
    ("GET", "/v2/keystore/list", "list_keystore_search"),
    ("GET", "/v2/keystore/name", "list_keystore"),
    ("POST", f"/v2/keystore/update/{JOB}", "update_keystore"),
    ("DELETE", f"/v2/keystore/{JOB}/delete", "delete_keystore"),
    ("GET", "/v2/keystore/download", "download_keystore_by_name"),
    ("GET", f"/v2/keystore/permission/{JOB}/query", "show_keystore_permission"),
    ("POST", "/v2/keystore/permission/add", "add_keystore_permission"),
    ("POST", "/v2/keystore/permission/edit", "update_keystore_permission"),
    ("DELETE", f"/v2/keystore/permission/{JOB}/delete", "delete_keystore_permission"),
    ("GET", "/v3/keystore", "download_keystore"),
    ("POST", "/v3/jobs/create", "create_build_job"),
    ("POST", "/v3/jobs/update", "update_build_job"),
    ("GET", f"/v3/jobs/{JOB}/query", "list_job_config"),
    ("POST", f"/v3/jobs/{JOB}/delete", "delete_build_job"),
    ("POST", "/v3/jobs/build", "run_job"),
    ("POST", "/v3/jobs/stop", "stop_job"),
    ("POST", f"/v3/jobs/{JOB}/7/stop", "stop_build_job"),
    ("GET", f"/v3/jobs/{JOB}/status", "show_job_status"),
    ("GET", f"/v3/jobs/{JOB}/history", "show_list_history"),
    ("GET", f"/v3/jobs/{JOB}/period-history", "show_list_period_history"),
    ("GET", f"/v3/jobs/{JOB}/7/history-details", "show_history_details"),
    ("GET", f"/v3/jobs/{JOB}/7/record-info", "show_record_info"),
    ("GET", f"/v3/jobs/{JOB}/7/real-time-log", "download_real_time_log"),
    ("GET", f"/v3/{JOB}/jobs", "show_job_list_by_project_id"),
    ("GET", f"/v1/job/{JOB}/notice", "show_job_notice_config_info"),
    ("PUT", f"/v1/job/{JOB}/notice", "update_new_notice_new"),
    ("POST", "/v1/job/check/webhook-url", "check_webhook_url"),
    ("GET", f"/v3/jobs/notice/{JOB}/query", "list_notice"),
    ("POST", f"/v3/jobs/notice/{JOB}/update", "update_notice"),
    ("POST", f"/v3/jobs/notice/{JOB}/disable", "disable_notice"),
    ("POST", "/v1/template/create", "create_template"),
    ("DELETE", f"/v1/template/{JOB}/delete", "delete_template"),
    ("GET", "/v1/template/custom", "list_custom_template"),
    ("GET", f"/v1/template/{JOB}/custom", "show_template"),
    ("GET", "/v1/template/officialtemplates", "list_official_template"),
    ("POST", "/v1/template/recommend", "list_recommend_official_template"),
    ("POST", f"/v1/template/custom/{JOB}/follow", "add_favourite_custom_template"),
    ("POST", f"/v1/template/custom/{JOB}/unfollow", "remover_favourite_custom_template"),
    ("POST", f"/v1/template/official/{JOB}/follow", "add_favourite_official_template"),
    ("POST", f"/v1/template/official/{JOB}/unfollow", "remover_favourite_official_template"),
    ("POST", "/v1/template/used-info", "save_template_used_info"),
    ("GET", f"/v1/template/{JOB}/default-template", "show_yaml_template"),
    ("POST", "/v3/templates/create", "create_templates"),
    ("GET", "/v3/templates/query", "list_templates"),
    ("DELETE", f"/v3/templates/{JOB}/delete", "delete_templates"),
]

CHECK = [
    ("GET", "/v2/rules", "list_rules"),
    ("POST", "/v2/ruleset", "create_ruleset"),
    ("GET", f"/v2/{JOB}/rulesets", "list_rulesets"),
    ("GET", f"/v2/{JOB}/ruleset/{JOB}/rules", "list_template_rules"),
    ("DELETE", f"/v2/{JOB}/ruleset/{JOB}", "delete_ruleset"),
    ("POST", f"/v2/{JOB}/ruleset/{JOB}/C++/default", "set_defaul_template"),
]
"""What the SDK of code check has."""

LIVE_ONLY = [
    ("GET", f"/v3/{JOB}/rulesets", "list_rulesets_v3"),
    ("GET", "/v2/criterions", "list_criterion"),
    ("GET", "/v1/rule/criterion-rule/query/ruff:F401", "show_criterion_rule"),
    ("GET", "/v1/criterion-filters", "show_filter"),
    ("GET", "/v2/all-criterionsets", "list_all_criterion_sets"),
    ("GET", "/v1/criterionsets/language", "list_criterion_sets_by_language"),
    ("POST", "/v1/criterionsets/batch", "list_criterion_sets_by_ids"),
    ("GET", f"/v1/criterionsets/{JOB}", "show_set_info"),
    ("GET", "/v1/criterionset/get-default-sets", "list_default_sets"),
    ("POST", "/v1/relations", "modify_criterion_into_set"),
    ("GET", f"/v4/task/{JOB}/code-health-svg", "show_code_health_svg"),
    ("GET", "/v1/defects/task-measures", "show_task_measures"),
    ("PUT", "/v1/defects/file-content", "submit_defects_file_content"),
    ("POST", "/v1/defects/assistant-analysis/task-summary", "extract_task_assistant_summary"),
    ("GET", f"/v2/{JOB}/checkers-version", "show_checkers_version"),
    ("GET", "/v2/excute/all-thirdtools", "list_third_tools"),
    ("GET", f"/v1/tasks/{JOB}/measure-list", "get_measure_list"),
    ("POST", "/v2/measure/measure-list", "get_measure_list_v2"),
    ("GET", f"/v1/tasks/{JOB}/folder-measures", "show_folder_measures"),
    ("POST", "/v1/measure/measure-total", "filter_measure_total"),
    ("POST", "/v1/measure/measure-duplication-info", "show_measure_duplication_info"),
    ("GET", f"/v1/tasks/{JOB}/related-duplicate-blocks", "show_related_duplicate_blocks"),
    ("POST", "/v2/related-duplicate-blocks", "list_related_duplicate_blocks"),
    ("PUT", f"/v1/tasks/{JOB}/pdf-async-job", "put_pdf_job"),
    ("GET", f"/v1/tasks/{JOB}/async-job/7", "get_async_job"),
    ("GET", "/v2/async-job", "get_async_job_v2"),
    ("GET", f"/v1/tasks/{JOB}/pdf-file", "get_pdf_file"),
    ("GET", f"/v1/report/{JOB}/7/coverage/metrics", "show_coverage_metrics"),
    ("GET", f"/v1/job/{JOB}/7/output", "show_build_output"),
    ("POST", f"/v1/job/{JOB}/7/rerun", "rerun_job"),
    ("GET", f"/v1/job/{JOB}/badge/branches", "list_badge_branches"),
    ("GET", "/v1/domain/federation", "show_domain_federation"),
    ("GET", "/v2/resource/package-spec/status", "list_package_spec_statuses"),
    ("GET", "/v1/log/task/step", "show_action_info"),
    ("GET", f"/v1/log/{RECORD}/task-log", "download_task_log_new"),
    ("GET", f"/v1/log/{JOB}/7/analysis", "show_log_analysis"),
    ("GET", "/v1/code/tags", "list_tag_list"),
    ("GET", f"/v1/code/git-code/{JOB}/repositories", "show_git_code_repository"),
    ("GET", f"/v1/code/git-code/{JOB}/branches", "show_git_code_repository_branches"),
]
"""What the SDK lacks."""

OWN = [
    ("POST", f"/v1/job/{JOB}/hooks", "create_job_hook"),
    ("GET", f"/v1/job/{JOB}/hooks", "list_job_hooks"),
    ("PUT", f"/v1/job/{JOB}/hooks/{JOB}", "update_job_hook"),
    ("POST", f"/v1/job/{JOB}/hooks/{JOB}/rotate", "rotate_job_hook"),
    ("DELETE", f"/v1/job/{JOB}/hooks/{JOB}", "delete_job_hook"),
    ("GET", f"/v1/job/{JOB}/hooks/{JOB}/deliveries", "list_job_hook_deliveries"),
    ("POST", f"/v1/job/{JOB}/hooks/{JOB}/deliveries/{RECORD}/redeliver", "redeliver_job_hook"),
    ("POST", f"/hooks/{JOB}", "receive_hook"),
    ("POST", f"/v1/record/{RECORD}/stop", "stop_build_record"),
    ("GET", f"/v1/job/{JOB}/badge.svg", "show_job_badge"),
    ("GET", f"/v1/job/{JOB}/badge/link", "show_job_badge_link"),
    ("POST", f"/v1/job/{JOB}/badge/link", "create_job_badge_link"),
    ("DELETE", f"/v1/job/{JOB}/badge/link", "delete_job_badge_link"),
    ("GET", f"/badges/{JOB}.svg", "show_public_badge"),
    ("GET", "/v1/artifacts/packages", "list_packages"),
    ("GET", "/v1/artifacts/versions", "list_package_versions"),
    ("DELETE", f"/v1/artifacts/versions/{JOB}", "delete_package_version"),
    ("GET", "/v1/artifacts/files", "list_artifact_files"),
    ("GET", f"/v1/artifacts/files/{JOB}", "show_artifact_file"),
    ("GET", f"/v1/artifacts/files/{JOB}/download", "download_artifact_file"),
    ("HEAD", f"/v1/artifacts/files/{JOB}/download", "check_artifact_file"),
    ("GET", f"/v1/artifacts/files/{JOB}/provenance", "show_provenance"),
    ("GET", "/v1/artifacts/signing-key", "show_signing_key"),
    ("GET", f"/v1/criterionsets/{JOB}/export", "export_criterion_set"),
    ("GET", f"/v1/tasks/{JOB}/issues-file", "export_issues"),
    ("POST", f"/v1/tasks/{JOB}/sarif", "import_sarif"),
    ("GET", f"/v1/tasks/{JOB}/sarif", "list_sarif_imports"),
    ("GET", f"/v4/task/{JOB}/code-health-svg/link", "show_code_health_link"),
    ("POST", f"/v4/task/{JOB}/code-health-svg/link", "create_code_health_link"),
    ("DELETE", f"/v4/task/{JOB}/code-health-svg/link", "delete_code_health_link"),
    ("GET", "/v1/caches", "list_caches"),
    ("DELETE", "/v1/caches", "delete_caches"),
    ("GET", "/agent/caches", "fetch_cache"),
    ("GET", "/agent/check-plan", "fetch_check_plan"),
    ("GET", "/agent/check-verdict", "fetch_check_verdict"),
    ("POST", "/agent/uploads", "announce_upload"),
    ("PUT", f"/agent/uploads/{JOB}", "receive_upload"),
    ("GET", "/v1/agent-pools", "list_agent_pools"),
    ("POST", "/v1/agent-pools", "create_agent_pool"),
    ("GET", "/v1/agent-pools/big", "show_agent_pool"),
    ("PUT", "/v1/agent-pools/big", "update_agent_pool"),
    ("DELETE", "/v1/agent-pools/big", "delete_agent_pool"),
    ("PUT", "/v1/agent-pools/big/agents/one", "update_pool_agent"),
]
"""What CodeArts Build has no operation for."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Litestar]:
    services = Services(Settings(data_dir=str(tmp_path_factory.mktemp("routes"))))
    yield create_routes(services, list)
    services.close()


@pytest.mark.parametrize(("method", "path", "operation"), [*OPERATIONS, *CHECK, *LIVE_ONLY, *OWN])
def test_each_path_reaches_its_own_operation(app: Litestar, method: str, path: str, operation: str) -> None:
    _, handler, _, _, _ = app.asgi_router.handle_routing(path=path, method=method)  # type: ignore[arg-type]
    assert getattr(handler, "operation_id", None) == operation


def test_all_operations_are_served(app: Litestar) -> None:
    found = {
        (method, handler.operation_id)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
        if method != "OPTIONS"
    }
    assert found >= {(method, operation) for method, _, operation in [*OPERATIONS, *CHECK, *LIVE_ONLY, *OWN]}


@pytest.mark.parametrize(("method", "path", "operation"), [*OPERATIONS, *CHECK])
def test_method_and_path_are_those_of_the_sdk(app: Litestar, method: str, path: str, operation: str) -> None:
    client = CodeArtsCheckClient if (method, path, operation) in CHECK else CodeArtsBuildClient
    source = Path(str(client.__init__.__code__.co_filename)).read_text("utf-8")
    begin = source.index(f"def _{operation}_http_info(")
    declared = source[begin : source.index("def ", begin + 10)]
    _, _, _, parameters, template = app.asgi_router.handle_routing(path=path, method=method)  # type: ignore[arg-type]
    assert f'"method": "{method}"' in declared
    assert f'"resource_path": "{template}"' in declared.replace("'", '"')
    assert set(parameters) == {name.strip("{}") for name in template.split("/") if name.startswith("{")}
