"""Every operation on check tasks is reached by its own path; those of the SDK by the SDK's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from huaweicloudsdkcodeartscheck.v2 import CodeArtsCheckClient
from litestar import Litestar

from bottega.app import Services
from bottega.routes import create_routes
from bottega.settings import Settings

ID = "a" * 32

SDK = [
    ("POST", f"/v2/{ID}/task", "create_task"),
    ("DELETE", f"/v2/tasks/{ID}", "delete_task"),
    ("GET", f"/v2/{ID}/tasks", "show_task_list_by_project_id"),
    ("GET", f"/v2/{ID}/tasks/{ID}/rulesets", "list_task_ruleset"),
    ("GET", f"/v3/{ID}/tasks/{ID}/rulesets", "show_tasks_rulesets"),
    ("PUT", f"/v2/tasks/{ID}/ruleset", "update_task_ruleset"),
    ("GET", f"/v2/{ID}/tasks/{ID}/ruleset/{ID}/check-parameters", "check_parameters"),
    ("GET", f"/v3/{ID}/tasks/{ID}/ruleset/{ID}/check-parameters", "check_ruleset_parameters"),
    ("POST", f"/v2/{ID}/tasks/{ID}/config-parameters", "list_task_parameter"),
    ("GET", f"/v2/{ID}/tasks/{ID}/listpathtree", "show_task_path_tree"),
    ("POST", f"/v2/{ID}/tasks/{ID}/config-ignorepath", "update_ignore_path"),
    ("GET", f"/v2/{ID}/tasks/{ID}/settings", "show_task_settings"),
    ("POST", f"/v2/{ID}/tasks/{ID}/settings", "update_task_settings"),
]

OTHERS = [
    ("GET", "/v1/tasks", "show_tasks_list"),
    ("GET", "/v1/tasks/code-sum-measures", "show_code_sum_measures"),
    ("GET", "/v2/tasks", "list_tasks_v2"),
    ("POST", "/v2/tasks", "query_tasks_v2"),
    ("POST", "/v3/task", "create_task_v3"),
    ("GET", f"/v3/task/{ID}", "get_task_info_by_id"),
    ("DELETE", f"/v3/task/{ID}", "delete_task_v3"),
    ("GET", f"/v3/{ID}/tasks/{ID}/branches", "list_branch_tasks"),
    ("GET", f"/v4/task/{ID}/check-list", "show_check_list"),
    ("PUT", "/v1/task/code-gate", "update_code_gate"),
    ("GET", f"/v1/tasks/{ID}/code-gate", "show_code_gate"),
    ("GET", "/v1/gates/tenant", "show_tenant_gate"),
    ("PUT", "/v1/gates/tenant", "update_tenant_gate"),
    ("DELETE", "/v1/gates/tenant", "delete_tenant_gate"),
    ("GET", f"/v1/gates/projects/{ID}", "show_project_gate"),
    ("PUT", f"/v1/gates/projects/{ID}", "update_project_gate"),
    ("DELETE", f"/v1/gates/projects/{ID}", "delete_project_gate"),
    ("PUT", "/v1/task/check-mode", "update_mr_check_mode"),
    ("PUT", f"/v2/pipeline-task/{ID}", "modify_pipeline_task_v2"),
    ("PUT", f"/v4/tasks/{ID}/webhook", "update_code_check_webhook"),
    ("GET", f"/v1/tasks/{ID}/owner-matching-switch", "show_owner_matching_switch"),
    ("PUT", f"/v1/tasks/{ID}/owner-matching-switch", "update_owner_matching_switch"),
    ("GET", f"/v1/tasks/{ID}/resource-pool", "show_task_resource_pool"),
    ("PUT", f"/v1/tasks/{ID}/resource-pool", "update_task_resource_pool"),
    ("PUT", f"/v4/task/{ID}/ignore-files", "update_ignore_files"),
    ("GET", f"/v4/tasks/{ID}/file-list", "list_ignored_files"),
    ("GET", f"/v4/tasks/{ID}/all-files", "list_all_files"),
    ("GET", "/v4/template-tasks", "show_template_tasks"),
    ("GET", f"/v4/projects/{ID}/task-groups", "list_task_groups"),
    ("POST", f"/v4/projects/{ID}/task-groups", "create_task_group"),
    ("POST", f"/v4/projects/{ID}/task-groups/move", "move_tasks_to_group"),
    ("PUT", f"/v4/projects/{ID}/task-groups/{ID}", "update_task_group"),
    ("DELETE", f"/v4/projects/{ID}/task-groups/{ID}", "delete_task_group"),
    ("GET", "/v4/codehub/repo-list", "list_check_repositories"),
    ("GET", f"/v4/tasks/{ID}/branches", "list_repository_branches"),
    ("GET", f"/v1/tasks/{ID}/taskcron", "show_task_cron"),
    ("PUT", f"/v1/tasks/{ID}/taskcron", "update_task_cron"),
    ("GET", f"/v1/task/notification/{ID}", "show_task_notification"),
    ("PUT", f"/v1/task/notification/{ID}", "update_task_notification"),
    ("GET", "/v2/transmission/notification", "show_check_notification"),
    ("PUT", "/v2/transmission/notification", "update_check_notification"),
    ("GET", f"/v1/tasks/{ID}/detect-language", "detect_language"),
    ("GET", f"/v1/tasks/{ID}/pre-check-script", "show_pre_check_script"),
    ("GET", f"/v4/tasks/{ID}/task-webhook-info", "show_task_webhook_info"),
    ("POST", f"/v4/tasks/{ID}/task-webhook-info", "create_task_webhook"),
    ("PUT", f"/v4/tasks/{ID}/task-webhook-info/{ID}", "update_task_webhook"),
    ("DELETE", f"/v4/tasks/{ID}/task-webhook-info/{ID}", "delete_task_webhook"),
    ("POST", f"/v4/tasks/{ID}/task-webhook-info/{ID}/test", "check_task_webhook"),
    ("GET", "/v2/excute/language/all", "list_check_languages"),
    ("GET", "/v4/tenant/tenant-package-status", "show_tenant_package_status"),
    ("GET", "/v1/vpcep-authorization", "show_vpcep_authorization"),
]
"""What only the live service has, or Bottega alone."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Litestar]:
    services = Services(Settings(data_dir=str(tmp_path_factory.mktemp("routes"))))
    yield create_routes(services, list)
    services.close()


@pytest.mark.parametrize(("method", "path", "operation"), [*SDK, *OTHERS])
def test_each_path_reaches_its_own_operation(app: Litestar, method: str, path: str, operation: str) -> None:
    _, handler, _, _, _ = app.asgi_router.handle_routing(path=path, method=method)  # type: ignore[arg-type]
    assert getattr(handler, "operation_id", None) == operation


@pytest.mark.parametrize(("method", "path", "operation"), SDK)
def test_method_and_path_are_those_of_the_sdk(app: Litestar, method: str, path: str, operation: str) -> None:
    source = Path(str(CodeArtsCheckClient.__init__.__code__.co_filename)).read_text("utf-8")
    begin = source.index(f"def _{operation}_http_info(")
    declared = source[begin : source.index("def ", begin + 10)]
    _, _, _, _, template = app.asgi_router.handle_routing(path=path, method=method)  # type: ignore[arg-type]
    assert f'"method": "{method}"' in declared
    assert f'"resource_path": "{template}"' in declared.replace("'", '"')
