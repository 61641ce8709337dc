"""Calls about code check."""

from bottega.check.tasks.engines import EngineFacts
from bottega.ids import new_hex
from tests.support.application import RULE, World
from tests.support.calls.request import Calls, Request, of_project, plain
from tests.support.forges import LINES
from tests.support.http_sink import shared_sink
from tests.support.repositories import shared_repository


def _rule_set(world: World) -> Request:
    return Request(
        body={
            "project_id": world.project_id,
            "template_name": new_hex(),
            "language": "python",
            "is_default": "1",
            "template_id": world.ruleset_id,
            "rule_ids": RULE,
        }
    )


def _check_task(_world: World) -> Request:
    body = {"git_url": shared_repository(), "git_branch": "master", "language": ["python"]}
    return Request(body={**body, "task_name": f"task-{new_hex()}"})


def _being_checked(world: World) -> Request:
    return Request(path={"task_id": world.checking_task_id})


def _check_task_v3(world: World) -> Request:
    config = {"repo_type": "GitPub", "rule_sets": [{"language": "python", "ruleset_id": world.ruleset_id}]}
    task = {"repo_url": shared_repository(), "branch": "master", "config_template": config}
    return Request(body={"name": f"task-{new_hex()}", "project_id": world.project_id, **task})


CHECKED_FILE = "src/shop.py"
GATE = {"reviewData": [{"name": "致命问题数", "compareType": "≤", "isCheck": 1, "value": 0}]}


def _of_issue(world: World) -> Request:
    return Request(query={"task_id": world.task_id, "merge_key": world.issue_id})


def _said(world: World, what: dict[str, str]) -> Request:
    return Request(body={"taskId": world.task_id, "mergeKey": world.issue_id, **what})


def _fix(world: World) -> Request:
    content = f"{LINES[0]}\n# {new_hex()}\n"
    return Request(body={"taskId": world.task_id, "mergeKey": world.issue_id, "content": content})


def _of_file(world: World) -> Request:
    return Request(body={"taskId": world.task_id, "filePath": CHECKED_FILE})


CALLS: Calls = {
    # Check tasks
    "create_task": _check_task,
    "delete_task": plain,
    "show_task_list_by_project_id": plain,
    "list_task_ruleset": plain,
    "show_tasks_rulesets": plain,
    "update_task_ruleset": lambda world: Request(
        body=[{"language": "python", "rule_set_id": world.ruleset_id, "if_use": "1", "status": "1"}]
    ),
    "check_parameters": lambda _world: Request(query={"language": "python"}),
    "check_ruleset_parameters": lambda _world: Request(query={"language": "python"}),
    "list_task_parameter": lambda world: Request(
        body={
            "check_id": EngineFacts.of_language("PYTHON")[0].number,
            "ruleset_id": world.ruleset_id,
            "language": "python",
            "status": "on",
            "task_check_settings": [{"cfg_key": "enabled", "status": "on"}],
        }
    ),
    "show_task_path_tree": plain,
    "update_ignore_path": lambda _world: Request(
        body={"ignore_path_settings": [{"file_path": "src", "checkbox_status": "all"}]}
    ),
    "show_task_settings": plain,
    "update_task_settings": lambda _world: Request(
        body={"task_advanced_settings": [{"key": "customImage", "value": "image"}]}
    ),
    # Checks
    "run_task": plain,
    "stop_task_by_id": _being_checked,
    "show_progress_detail": plain,
    "check_record": plain,
    "show_tasklog": plain,
    "create_check_job": lambda world: Request(body={"taskId": world.task_id}),
    "stop_check_job": _being_checked,
    "list_check_jobs": plain,
    "show_last_check_jobs": plain,
    "show_check_log": lambda world: Request(query={"job_id": world.scan_id}),
    "download_check_log": lambda world: Request(query={"sub_job_id": world.scan_id}),
    # Rules and rule sets
    "list_rules": lambda _world: Request(query={"rule_languages": "python", "limit": "2"}),
    "create_ruleset": _rule_set,
    "list_rulesets": lambda _world: Request(query={"limit": "3"}),
    "list_rulesets_v3": lambda _world: Request(query={"category": "1"}),
    "list_template_rules": lambda _world: Request(query={"types": "2", "limit": "2"}),
    "delete_ruleset": plain,
    "set_defaul_template": lambda _world: Request(path={"language": "python"}),
    "list_criterion": lambda world: Request(query={"set_id": world.ruleset_id, "page_size": "2"}),
    "show_criterion_rule": lambda _world: Request(path={"criterion_rule_id": RULE}),
    "show_filter": lambda world: Request(query={"set_id": world.ruleset_id}),
    "list_all_criterion_sets": lambda _world: Request(query={"my_create": "true", "page_size": "5"}),
    "list_criterion_sets_by_language": lambda world: Request(
        query={"project_id": world.project_id, "language": "python"}
    ),
    "list_criterion_sets_by_ids": lambda world: Request(
        query={"project_id": world.project_id}, body={"ids": [world.ruleset_id]}
    ),
    "show_set_info": lambda world: Request(path={"set_id": world.ruleset_id}),
    "list_default_sets": of_project,
    "modify_criterion_into_set": lambda world: Request(
        body={
            "setId": world.ruleset_id,
            "criterionIdsList": [{"id": RULE, "status": "enable", "severity": "1"}],
        }
    ),
    "export_criterion_set": lambda world: Request(path={"set_id": world.ruleset_id}),
    "show_tasks_list": plain,
    "show_code_sum_measures": plain,
    "list_tasks_v2": plain,
    "query_tasks_v2": lambda _world: Request(body={"search": "task"}),
    "create_task_v3": _check_task_v3,
    "get_task_info_by_id": plain,
    "delete_task_v3": plain,
    "list_branch_tasks": plain,
    "show_check_list": plain,
    "update_code_gate": lambda world: Request(body={"id": world.task_id, **GATE}),
    "show_code_gate": plain,
    "show_tenant_gate": plain,
    "update_tenant_gate": lambda _world: Request(body=GATE),
    "delete_tenant_gate": plain,
    "show_project_gate": plain,
    "update_project_gate": lambda _world: Request(body=GATE),
    "delete_project_gate": plain,
    "update_mr_check_mode": lambda world: Request(body={"id": world.task_id, "mrCheckMode": 5}),
    "modify_pipeline_task_v2": lambda _world: Request(
        body={"repo_url": shared_repository(), "full_check_mode": 1}
    ),
    "update_code_check_webhook": lambda _world: Request(body={"is_set_mr_webhook": True}),
    "show_owner_matching_switch": plain,
    "update_owner_matching_switch": lambda _world: Request(body={"enabled": False}),
    "show_task_resource_pool": plain,
    "update_task_resource_pool": lambda world: Request(body={"resource_pool_id": world.pool_name}),
    "update_ignore_files": lambda _world: Request(
        body={"nodes": [{"name": "src", "file_path": "src", "checkbox_status": "all"}]}
    ),
    "list_ignored_files": plain,
    "list_all_files": plain,
    "show_template_tasks": plain,
    "list_task_groups": plain,
    "create_task_group": lambda _world: Request(body={"name": f"group-{new_hex()}"}),
    "update_task_group": lambda _world: Request(body={"name": f"group-{new_hex()}"}),
    "delete_task_group": plain,
    "move_tasks_to_group": lambda world: Request(
        body={"group_id": world.task_group_id, "task_ids": [world.task_id]}
    ),
    "list_check_repositories": plain,
    "list_repository_branches": plain,
    "show_task_cron": plain,
    "update_task_cron": lambda _world: Request(body={"enabled": True, "crons": ["30 2 * * *"]}),
    "show_task_notification": plain,
    "update_task_notification": lambda _world: Request(body={"codeGateFailed": {"sendMail": False}}),
    "show_check_notification": of_project,
    "update_check_notification": lambda world: Request(
        query={"project_id": world.project_id}, body={"executeTask": {"sendMail": 1}}
    ),
    "detect_language": plain,
    "show_pre_check_script": plain,
    "show_task_webhook_info": plain,
    "create_task_webhook": lambda _world: Request(body={"webhookUrl": f"{shared_sink()}/{new_hex()}"}),
    "update_task_webhook": lambda _world: Request(body={"status": "off"}),
    "delete_task_webhook": plain,
    "check_task_webhook": plain,
    "list_check_languages": plain,
    "show_tenant_package_status": plain,
    "show_vpcep_authorization": lambda world: Request(query={"task_id": world.task_id}),
    # Issues of check tasks
    "show_task_defects": plain,
    "show_task_defects_statistic": lambda _world: Request(query={"time_info_switch": "true"}),
    "show_task_detail": plain,
    "show_task_cmetrics": plain,
    "update_defect_status": lambda world: Request(body={"defect_id": world.issue_id, "defect_status": "2"}),
    "issue_list_by_filter": lambda world: Request(body={"taskId": world.task_id, "statusIds": "0,5"}),
    "issue_filter": lambda world: Request(body={"taskId": world.task_id}),
    "update_issue_status": lambda world: _said(world, {"status": "5", "comment": "generated"}),
    "update_issue_owner": lambda world: _said(world, {"owner": ""}),
    "next_status": plain,
    "show_issue": _of_issue,
    "show_defect_file_content": _of_issue,
    "show_task_statistics": lambda world: Request(query={"task_id": world.task_id}),
    "display_trend": lambda world: Request(
        query={"task_id": world.task_id, "start_date": "2026-01-01", "end_date": "2036-01-01"}
    ),
    "extract_task_assistant_summary": lambda world: Request(body={"task_id": world.task_id}),
    "show_checkers_version": plain,
    "list_third_tools": lambda _world: Request(query={"language": "go", "rule_type": "1"}),
    "submit_defects_file_content": _fix,
    "show_task_measures": lambda world: Request(query={"task_id": world.task_id}),
    "get_measure_list": plain,
    "get_measure_list_v2": lambda world: Request(body={"taskId": world.task_id}),
    "show_folder_measures": plain,
    "filter_measure_total": lambda world: Request(body={"taskId": world.task_id}),
    "show_measure_duplication_info": _of_file,
    "show_related_duplicate_blocks": lambda _world: Request(query={"file_path": CHECKED_FILE}),
    "list_related_duplicate_blocks": _of_file,
    # Reports of check tasks
    "put_pdf_job": plain,
    "get_async_job": plain,
    "get_async_job_v2": lambda world: Request(
        query={"task_id": world.task_id, "async_job_id": world.async_job_id}
    ),
    "get_pdf_file": lambda world: Request(query={"job_file": world.job_file}),
    "export_issues": lambda _world: Request(query={"format": "sarif"}),
    "import_sarif": lambda _world: Request(
        content=b'{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"lint"}},"results":[]}]}'
    ),
    "list_sarif_imports": plain,
    "show_code_health_svg": lambda _world: Request(query={"locale": "en-us"}),
    "show_code_health_link": plain,
    "create_code_health_link": plain,
    "delete_code_health_link": plain,
}
