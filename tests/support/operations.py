"""One good call for every operation, made of the ids of a world: what it is asked with, and which ids it names.

A new operation without a call here fails the tests that go through all operations.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import msgspec
from litestar import Litestar
from litestar.routes import HTTPRoute

from bottega.build.images.service import templates
from bottega.build.templates import catalogue
from bottega.check.tasks.engines import EngineFacts
from bottega.ids import new_hex
from bottega.projects.roles import DEVELOPER
from tests.build.harness import task_body, template_body
from tests.support.application import RULE, THINGS, World
from tests.support.forges import LINES
from tests.support.http_sink import shared_sink
from tests.support.repositories import shared_repository

ZONE = ZoneInfo("Asia/Shanghai")
PARAMETER = re.compile(r"{(\w+)}")
OPEN = {
    "GET /",
    "GET /healthz",
    "GET /metrics",
    "keystone_show_version",
    "keystone_create_token",
    "GET /schemas/build.yml.json",
    "receive_hook",
    "show_signing_key",
    "show_public_badge",
}
"""What strangers may call."""

READS = {"GET", "HEAD"}
ONCE = {"get_pdf_file"}
"""Reading that can be done once: a report is gone when it was fetched."""
OTHER_PATHS = ("/openapi", "/agent")
"""The framework's own, and those for runners, which take leases instead of tokens."""


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """``name`` is the operation id; ``path`` has its parameters in braces; ``takes_body`` is for JSON bodies."""

    name: str
    method: str
    path: str
    takes_body: bool

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.method in READS and self.name not in ONCE

    @property
    def route(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    def send(self, http: httpx.Client, world: World) -> httpx.Response:
        """Make the operation's good call with the ids of ``world``."""
        request = CALLS[self.name](world)
        call = http.build_request(
            self.method,
            self.url({"build_number": world.build_no, **world.ids, **request.path}),
            params=request.query,
            headers=request.headers,
            json=request.body if self.takes_body else None,
            content=request.content,
            files=request.files,
            data=request.fields,
        )
        # A form is otherwise a stream, which nobody could look at afterwards.
        call.read()
        return http.send(call)

    @property
    def things(self) -> set[str] | None:
        """Which fields of a world its good call names; None for one about a project or a tenant as a whole."""
        marks = {field: f"<{field}>" for field in World.__struct_fields__}
        request = CALLS[self.name](World(**marks))
        told = repr(request) + self.url({"build_number": marks["build_no"], **marks, **request.path})
        return {field for field in THINGS if marks[field] in told} or None

    def url(self, known: Mapping[str, str]) -> str:
        """The path with these parameters, and a nonsense for each other one."""
        return PARAMETER.sub(lambda found: known.get(found[1], "nonsense"), self.path)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a call has beside the ids in its path; ``path`` replaces some of those, ``content`` is a body as it is."""

    path: dict[str, str] = {}
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    body: Any = None
    content: bytes | None = None
    files: dict[str, tuple[str, bytes]] | None = None
    fields: dict[str, str] | None = None


def operations(routes: Litestar) -> list[Operation]:
    """Every operation of the application that is for clients."""
    return sorted(_found(routes), key=lambda one: one.name)


def _found(routes: Litestar) -> Iterator[Operation]:
    for route in routes.routes:
        if not isinstance(route, HTTPRoute) or route.path.startswith(OTHER_PATHS):
            continue
        for handler in route.route_handlers:
            for method in handler.http_methods - {"OPTIONS"}:
                yield Operation(
                    name=handler.operation_id or f"{method} {route.path}",  # type: ignore[arg-type]
                    method=str(method),
                    path=route.path_format,
                    takes_body="data" in handler.parsed_fn_signature.parameters,
                )


def _plain(_world: World) -> Request:
    return Request()


def _window(_world: World) -> Request:
    today = datetime.now(ZONE)
    bounds = {"start_time": today - timedelta(days=1), "end_time": today + timedelta(days=1)}
    return Request(query={name: f"{moment:%Y-%m-%d %H:%M:%S}" for name, moment in bounds.items()})


def _days(_world: World) -> Request:
    today = f"{datetime.now(ZONE):%Y-%m-%d}"
    return Request(query={"start_time": today, "end_time": today})


def _of_flow(world: World) -> Request:
    return Request(path={"build_flow_record_id": world.record_id})


def _subject(world: World) -> Request:
    return Request(headers={"X-Subject-Token": world.token})


def _name(_world: World) -> Request:
    return Request(body={"project_name": f"project {new_hex()}"})


def _create(world: World) -> Request:
    return Request(body=task_body(world.project_id, f"task-{new_hex()}", group_id=world.group_id))


def _update(world: World) -> Request:
    changed = task_body(world.project_id, "changed", group_id=world.group_id)
    return Request(body={**changed, "job_id": world.job_id})


def _copy(world: World) -> Request:
    copy = task_body(world.project_id, f"copy-{new_hex()}", group_id=world.group_id)
    return Request(body={**copy, "copy_job_id": world.job_id})


def _deleted(world: World) -> Request:
    return Request(body={"job_ids": [world.deleted_job_id]})


def _of_project(world: World) -> Request:
    return Request(query={"project_id": world.project_id})


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


def _its_build(world: World) -> Request:
    return Request(query={"job_id": world.job_id, "build_no": world.build_no})


def _report(world: World) -> Request:
    return Request(
        query={"job_id": world.job_id, "repository_name": "shop", "branch": "main", "interval": "7"}
    )


def _execute(world: World) -> Request:
    return Request(body={"job_id": world.job_id})


def _template(_world: World) -> Request:
    return Request(body=template_body(f"template {new_hex()}"))


def _its_template(world: World) -> Request:
    return Request(path={"uuid": world.template_uuid})


def _official_template(_world: World) -> Request:
    return Request(path={"uuid": catalogue.official()[0].uuid})


def _upload(_world: World) -> Request:
    return Request(files={"file": (f"{new_hex()}.xml", b"<settings/>")}, fields={"privacy": "true"})


def _change_file(world: World) -> Request:
    body = {"id": world.keystore_id, "description": "", "keystore_name": world.keystore_name, "share": 0}
    return Request(path={"id": world.keystore_id}, body=body)


def _permission(world: World, **more: str) -> Request:
    flags = dict.fromkeys(("setting", "delete", "modify", "usage", "can_absent"), False)
    return Request(body={"keystore_id": world.keystore_id, **flags, **more})


def _notice(_world: World) -> Request:
    return Request(body={"notice_type": "MAIL", "enabled_event_type_names": ["deleteJob"]})


def _ask_for_token(world: World) -> Request:
    identity = {"methods": ["token"], "token": {"id": world.token}}
    project = {"id": world.iam_project_id, "domain": {"id": world.domain_id}}
    return Request(body={"auth": {"identity": identity, "scope": {"project": project}}})


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


CALLS: dict[str, Callable[[World], Request]] = {
    # IAM
    "keystone_show_version": _plain,
    "keystone_create_token": _ask_for_token,
    "keystone_validate_token": _subject,
    "keystone_check_token": _subject,
    "keystone_revoke_token": _subject,
    "keystone_list_projects": lambda world: Request(query={"domain_id": world.domain_id}),
    "keystone_list_auth_projects": _plain,
    "keystone_list_auth_domains": _plain,
    # Projects
    "create_project_v4": _name,
    "list_projects_v4": _plain,
    "check_project_name_v4": _name,
    "show_project_info_v4": _plain,
    "update_project_v4": lambda _world: Request(body={"description": "changed"}),
    "delete_project_v4": _plain,
    "list_project_members_v4": _plain,
    "show_cur_user_role": _plain,
    "add_member_v4": lambda world: Request(
        body={"user_id": world.colleague_id, "domain_id": world.domain_id, "role_id": DEVELOPER}
    ),
    "batch_add_members_v4": lambda world: Request(
        body={"users": [{"user_id": world.colleague_id, "role_id": DEVELOPER}]}
    ),
    "batch_delete_members_v4": lambda world: Request(body={"user_ids": [world.member_id]}),
    "update_membes_role_v4": lambda world: Request(
        body={"user_ids": [world.member_id], "role_id": DEVELOPER}
    ),
    # Permissions
    "show_project_permission": _of_project,
    "show_project_job_permission": lambda world: Request(
        query={"project_id": world.project_id, "job_id": world.job_id}
    ),
    "show_job_role_permission": lambda world: Request(query={"job_id": world.job_id}),
    "show_default_project_permission": lambda world: Request(
        query={"project_id": world.project_id, "job_id": world.job_id}
    ),
    "batch_update_job_role_permission": lambda world: Request(
        body={
            "project_id": world.project_id,
            "job_ids": [world.job_id],
            "permissions": [{"role_id": DEVELOPER, "is_view": True}],
        }
    ),
    "apply_project_permission": lambda world: Request(
        body={"project_id": world.project_id, "job_id": world.job_id, "project_switch": False}
    ),
    "check_job_internal": _plain,
    # The tenant, sizes and images
    "show_domain_status": _plain,
    "show_domains_statuses": lambda world: Request(body={"domain_ids": world.domain_id}),
    "show_user_charge_type": _plain,
    "show_domain_federation": _plain,
    "list_package_spec_statuses": _of_project,
    "show_summary_build_job_info": _plain,
    "show_user_over_package_quota": _of_project,
    "show_related_project": _plain,
    "list_related_project_info": _plain,
    "show_available_inner_spec": lambda world: Request(
        query={"project_id": world.project_id, "arch": "x86-64"}
    ),
    "show_package_spec_count_down": lambda world: Request(
        body={"service_type": "x", "resource_id": world.domain_id, "reminder_day": "7"}
    ),
    "show_image_template_list": _plain,
    "show_dockerfile_template": lambda _world: Request(query={"image_id": templates()[0].id}),
    # The audit trail
    "list_traces": lambda world: Request(
        path={"project_id": world.iam_project_id}, query={"resource_id": world.job_id}
    ),
    # Pools of agents
    "list_agent_pools": _plain,
    "create_agent_pool": lambda _world: Request(body={"name": new_hex(), "concurrency": 2}),
    "show_agent_pool": _plain,
    "update_agent_pool": lambda _world: Request(body={"description": "changed", "concurrency": None}),
    "delete_agent_pool": lambda world: Request(path={"pool_name": world.empty_pool_name}),
    "update_pool_agent": lambda _world: Request(body={"draining": True, "labels": ["ssd"]}),
    # Build tasks
    "create_new_job": _create,
    "create_build_job": _create,
    "update_new_job": _update,
    "update_build_job": _update,
    "show_job_config": _plain,
    "list_job_config": _plain,
    "delete_the_job": _plain,
    "delete_build_job": _plain,
    "show_job_info": _plain,
    "list_job": lambda world: Request(query={"creator_id": world.user_id}),
    "list_project_jobs": lambda world: Request(
        query={"creator_id": world.user_id, "by_group": "true", "group_path_id": world.group_id}
    ),
    "show_job_list_by_project_id": _plain,
    "copy_job": _copy,
    # Groups and parameters
    "list_group_tree": _plain,
    "create_job_group": lambda world: Request(body={"name": "new", "parent_id": world.group_id}),
    "update_job_group": lambda world: Request(
        body={"id": world.group_id, "name": "changed", "parent_id": world.other_group_id}
    ),
    "delete_group": lambda world: Request(query={"id": world.group_id}),
    "move_group": lambda world: Request(
        body={"group_id": world.group_id, "jobs": [{"job_id": world.job_id, "job_name": "task"}]}
    ),
    "switched_packet": lambda world: Request(
        query={"source_group_id": world.group_id, "target_group_id": world.other_group_id}
    ),
    "show_build_params_list": _plain,
    "show_default_build_parameters": _plain,
    "show_job_system_parameters": _plain,
    "show_copy_name": _plain,
    "check_job_name_is_exists": lambda world: Request(
        query={"project_id": world.project_id, "job_name": "task"}
    ),
    "check_job_count_is_top_limit": _plain,
    "add_favourite_task": _plain,
    "remover_favourite_task": _plain,
    "disable_the_job": lambda _world: Request(body={"disabled": True, "reason": "no reason"}),
    "disable_build_job": _plain,
    "enable_build_job": _plain,
    "show_disable": _plain,
    "list_update_job_history": _plain,
    "show_job_config_diff": lambda _world: Request(query={"original_no": "1", "revisedl_no": "1"}),
    "show_job_pipeline_info": _plain,
    "list_end_points": _plain,
    "batch_delete_build_jobs": lambda world: Request(body={"job_ids": [world.job_id]}),
    "list_recycling_job": _plain,
    "restore_recycling_jobs": _deleted,
    "delete_recycling_jobs": _deleted,
    "clear_recycling_jobs": _plain,
    "set_keep_time": lambda _world: Request(body={"keep_time": 7}),
    # Builds
    "execute_job": _execute,
    "run_job": _execute,
    "rerun_job": lambda _world: Request(body={"failed_only": False}),
    "stop_the_job": lambda world: Request(body={"build_no": world.waiting_build_no}),
    "stop_job": lambda world: Request(body={"job_id": world.job_id, "build_no": world.waiting_build_no}),
    "stop_build_record": lambda world: Request(path={"record_id": world.waiting_record_id}),
    "stop_build_job": lambda world: Request(path={"build_no": world.waiting_build_no}),
    "show_running_status": _plain,
    "show_job_step_status": lambda world: Request(query={"build_no": world.build_no}),
    "show_job_status": _plain,
    # Records
    "list_records": _plain,
    "show_build_record": _plain,
    "list_build_info_record_by_job_id": _window,
    "show_record_detail": _plain,
    "show_record_info": _plain,
    "show_job_build_record_detail": _plain,
    "show_build_details": _plain,
    "show_build_info_record": _plain,
    "list_build_info_record": _window,
    "list_build_parameter": _plain,
    "show_build_output": _plain,
    "show_output_info": _plain,
    "show_build_record_build_script": _plain,
    "show_build_record_flow_graph": _of_flow,
    "show_flow_graph": _of_flow,
    "show_job_total": _plain,
    "list_brief_record": lambda world: Request(query={"limit": "5"}, body=[world.build_project_id]),
    "list_badge_branches": _plain,
    "show_last_history": lambda _world: Request(query={"repository_name": "shop"}),
    "show_build_record_full_stages": _plain,
    "show_list_history": _plain,
    "show_list_period_history": _days,
    "show_history_details": _plain,
    # Statistics and reports
    "show_job_build_success_ratio": _report,
    "show_job_build_time": _report,
    "list_repo_branch": lambda world: Request(query={"job_id": world.job_id, "repository_name": "shop"}),
    "list_repository": _plain,
    "show_job_success_ratio": _days,
    "show_report_summary": lambda world: Request(query={"build_no": world.build_no}),
    "list_junit_coverage_summary": _its_build,
    "download_junit_coverage_zip": lambda world: Request(
        query={"job_id": world.job_id, "build_no": world.build_no, "root_id": world.root_id}
    ),
    "show_coverage_metrics": lambda world: Request(query={"root_id": world.root_id}),
    # Logs
    "download_build_real_time_log": _plain,
    "download_real_time_log": _plain,
    "show_action_i_info": _its_build,
    "show_action_info": _its_build,
    "show_log_analysis": _plain,
    "download_build_log": _plain,
    "download_build_full_log": lambda _world: Request(query={"compress": "true"}),
    "download_log_by_record_id": _plain,
    "download_task_log": lambda _world: Request(query={"task_name": "stage1"}),
    "download_task_log_new": lambda _world: Request(query={"task_name": "stage1"}),
    # Repositories
    "show_git_code_repository": _plain,
    "show_git_code_repository_branches": lambda _world: Request(query={"repo_id": shared_repository()}),
    "list_tag_list": lambda _world: Request(query={"scm_type": "codehub", "repo_id": shared_repository()}),
    # Templates
    "create_template": _template,
    "create_templates": _template,
    "delete_template": _its_template,
    "delete_templates": _its_template,
    "show_template": _its_template,
    "list_custom_template": _plain,
    "list_templates": _plain,
    "list_official_template": _plain,
    "list_recommend_official_template": lambda _world: Request(
        body={"git_url": shared_repository(), "branch": "master"}
    ),
    "add_favourite_custom_template": _its_template,
    "remover_favourite_custom_template": _its_template,
    "add_favourite_official_template": _official_template,
    "remover_favourite_official_template": _official_template,
    "save_template_used_info": lambda world: Request(
        body={"job_id": world.job_id, "template_id": world.template_uuid}
    ),
    "show_yaml_template": _plain,
    # Webhooks
    "create_job_hook": lambda _world: Request(body={"name": "forge", "branches": ["release/*"]}),
    "list_job_hooks": _plain,
    "update_job_hook": lambda _world: Request(body={"branches": ["release/*"]}),
    "rotate_job_hook": lambda _world: Request(body={}),
    "delete_job_hook": _plain,
    "list_job_hook_deliveries": _plain,
    "redeliver_job_hook": _plain,
    "receive_hook": lambda world: Request(
        headers={"X-Gitlab-Token": world.hook_secret, "Idempotency-Key": new_hex()},
        content=b'{"object_kind": "note"}',
    ),
    # Badges
    "show_job_badge": _plain,
    "show_public_badge": lambda world: Request(path={"file": f"{world.badge_token}.svg"}),
    "show_job_badge_link": _plain,
    "create_job_badge_link": _plain,
    "delete_job_badge_link": _plain,
    # Notices
    "show_job_notice_config_info": _plain,
    "list_notice": _plain,
    "update_new_notice_new": _notice,
    "update_notice": _notice,
    "disable_notice": lambda _world: Request(query={"notice_type": "MAIL"}),
    "check_webhook_url": lambda world: Request(
        body={"job_id": world.job_id, "notice_type": "WEBHOOK", "webhook_url": shared_sink()}
    ),
    # Files
    "upload_keystore": _upload,
    "list_keystore_search": _plain,
    "list_keystore": _plain,
    "update_keystore": _change_file,
    "delete_keystore": _plain,
    "download_keystore_by_name": lambda world: Request(
        query={"name": world.keystore_name, "domain_id": world.domain_id, "id": world.keystore_id}
    ),
    "download_keystore": lambda world: Request(
        query={"file_name": world.keystore_name, "domain_id": world.domain_id}
    ),
    "show_keystore_permission": lambda _world: Request(query={"page_size": "10", "page": "1"}),
    "add_keystore_permission": lambda world: _permission(
        world, user_id=world.colleague_id, user_name=world.colleague_name
    ),
    "update_keystore_permission": lambda world: _permission(
        world, id=world.permission_id, user_name=world.colleague_name.replace("two", "one")
    ),
    "delete_keystore_permission": _plain,
    # The release repository
    "list_packages": _of_project,
    "list_package_versions": _of_project,
    "list_artifact_files": lambda world: Request(
        query={"project_id": world.project_id, "record_id": world.record_id}
    ),
    "show_artifact_file": _plain,
    "download_artifact_file": _plain,
    "check_artifact_file": _plain,
    "show_provenance": _plain,
    "show_signing_key": _plain,
    "delete_package_version": _plain,
    # Dependency caches
    "list_caches": lambda world: Request(query={"job_id": world.job_id}),
    "delete_caches": lambda world: Request(query={"job_id": world.job_id}),
    # Check tasks
    "create_task": _check_task,
    "delete_task": _plain,
    "show_task_list_by_project_id": _plain,
    "list_task_ruleset": _plain,
    "show_tasks_rulesets": _plain,
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
    "show_task_path_tree": _plain,
    "update_ignore_path": lambda _world: Request(
        body={"ignore_path_settings": [{"file_path": "src", "checkbox_status": "all"}]}
    ),
    "show_task_settings": _plain,
    "update_task_settings": lambda _world: Request(
        body={"task_advanced_settings": [{"key": "customImage", "value": "image"}]}
    ),
    # Checks
    "run_task": _plain,
    "stop_task_by_id": _being_checked,
    "show_progress_detail": _plain,
    "check_record": _plain,
    "show_tasklog": _plain,
    "create_check_job": lambda world: Request(body={"taskId": world.task_id}),
    "stop_check_job": _being_checked,
    "list_check_jobs": _plain,
    "show_last_check_jobs": _plain,
    "show_check_log": lambda world: Request(query={"job_id": world.scan_id}),
    "download_check_log": lambda world: Request(query={"sub_job_id": world.scan_id}),
    # Rules and rule sets
    "list_rules": lambda _world: Request(query={"rule_languages": "python", "limit": "2"}),
    "create_ruleset": _rule_set,
    "list_rulesets": lambda _world: Request(query={"limit": "3"}),
    "list_rulesets_v3": lambda _world: Request(query={"category": "1"}),
    "list_template_rules": lambda _world: Request(query={"types": "2", "limit": "2"}),
    "delete_ruleset": _plain,
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
    "list_default_sets": _of_project,
    "modify_criterion_into_set": lambda world: Request(
        body={
            "setId": world.ruleset_id,
            "criterionIdsList": [{"id": RULE, "status": "enable", "severity": "1"}],
        }
    ),
    "export_criterion_set": lambda world: Request(path={"set_id": world.ruleset_id}),
    "show_tasks_list": _plain,
    "show_code_sum_measures": _plain,
    "list_tasks_v2": _plain,
    "query_tasks_v2": lambda _world: Request(body={"search": "task"}),
    "create_task_v3": _check_task_v3,
    "get_task_info_by_id": _plain,
    "delete_task_v3": _plain,
    "list_branch_tasks": _plain,
    "show_check_list": _plain,
    "update_code_gate": lambda world: Request(body={"id": world.task_id, **GATE}),
    "show_code_gate": _plain,
    "show_tenant_gate": _plain,
    "update_tenant_gate": lambda _world: Request(body=GATE),
    "delete_tenant_gate": _plain,
    "show_project_gate": _plain,
    "update_project_gate": lambda _world: Request(body=GATE),
    "delete_project_gate": _plain,
    "update_mr_check_mode": lambda world: Request(body={"id": world.task_id, "mrCheckMode": 5}),
    "modify_pipeline_task_v2": lambda _world: Request(
        body={"repo_url": shared_repository(), "full_check_mode": 1}
    ),
    "update_code_check_webhook": lambda _world: Request(body={"is_set_mr_webhook": True}),
    "show_owner_matching_switch": _plain,
    "update_owner_matching_switch": lambda _world: Request(body={"enabled": False}),
    "show_task_resource_pool": _plain,
    "update_task_resource_pool": lambda world: Request(body={"resource_pool_id": world.pool_name}),
    "update_ignore_files": lambda _world: Request(
        body={"nodes": [{"name": "src", "file_path": "src", "checkbox_status": "all"}]}
    ),
    "list_ignored_files": _plain,
    "list_all_files": _plain,
    "show_template_tasks": _plain,
    "list_task_groups": _plain,
    "create_task_group": lambda _world: Request(body={"name": f"group-{new_hex()}"}),
    "update_task_group": lambda _world: Request(body={"name": f"group-{new_hex()}"}),
    "delete_task_group": _plain,
    "move_tasks_to_group": lambda world: Request(
        body={"group_id": world.task_group_id, "task_ids": [world.task_id]}
    ),
    "list_check_repositories": _plain,
    "list_repository_branches": _plain,
    "show_task_cron": _plain,
    "update_task_cron": lambda _world: Request(body={"enabled": True, "crons": ["30 2 * * *"]}),
    "show_task_notification": _plain,
    "update_task_notification": lambda _world: Request(body={"codeGateFailed": {"sendMail": False}}),
    "show_check_notification": _of_project,
    "update_check_notification": lambda world: Request(
        query={"project_id": world.project_id}, body={"executeTask": {"sendMail": 1}}
    ),
    "detect_language": _plain,
    "show_pre_check_script": _plain,
    "show_task_webhook_info": _plain,
    "create_task_webhook": lambda _world: Request(body={"webhookUrl": f"{shared_sink()}/{new_hex()}"}),
    "update_task_webhook": lambda _world: Request(body={"status": "off"}),
    "delete_task_webhook": _plain,
    "check_task_webhook": _plain,
    "list_check_languages": _plain,
    "show_tenant_package_status": _plain,
    "show_vpcep_authorization": lambda world: Request(query={"task_id": world.task_id}),
    # Issues of check tasks
    "show_task_defects": _plain,
    "show_task_defects_statistic": lambda _world: Request(query={"time_info_switch": "true"}),
    "show_task_detail": _plain,
    "show_task_cmetrics": _plain,
    "update_defect_status": lambda world: Request(body={"defect_id": world.issue_id, "defect_status": "2"}),
    "issue_list_by_filter": lambda world: Request(body={"taskId": world.task_id, "statusIds": "0,5"}),
    "issue_filter": lambda world: Request(body={"taskId": world.task_id}),
    "update_issue_status": lambda world: _said(world, {"status": "5", "comment": "generated"}),
    "update_issue_owner": lambda world: _said(world, {"owner": ""}),
    "next_status": _plain,
    "show_issue": _of_issue,
    "show_defect_file_content": _of_issue,
    "show_task_statistics": lambda world: Request(query={"task_id": world.task_id}),
    "display_trend": lambda world: Request(
        query={"task_id": world.task_id, "start_date": "2026-01-01", "end_date": "2036-01-01"}
    ),
    "extract_task_assistant_summary": lambda world: Request(body={"task_id": world.task_id}),
    "show_checkers_version": _plain,
    "list_third_tools": lambda _world: Request(query={"language": "go", "rule_type": "1"}),
    "submit_defects_file_content": _fix,
    "show_task_measures": lambda world: Request(query={"task_id": world.task_id}),
    "get_measure_list": _plain,
    "get_measure_list_v2": lambda world: Request(body={"taskId": world.task_id}),
    "show_folder_measures": _plain,
    "filter_measure_total": lambda world: Request(body={"taskId": world.task_id}),
    "show_measure_duplication_info": _of_file,
    "show_related_duplicate_blocks": lambda _world: Request(query={"file_path": CHECKED_FILE}),
    "list_related_duplicate_blocks": _of_file,
    # Reports of check tasks
    "put_pdf_job": _plain,
    "get_async_job": _plain,
    "get_async_job_v2": lambda world: Request(
        query={"task_id": world.task_id, "async_job_id": world.async_job_id}
    ),
    "get_pdf_file": lambda world: Request(query={"job_file": world.job_file}),
    "export_issues": lambda _world: Request(query={"format": "sarif"}),
    "import_sarif": lambda _world: Request(
        content=b'{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"lint"}},"results":[]}]}'
    ),
    "list_sarif_imports": _plain,
    "show_code_health_svg": lambda _world: Request(query={"locale": "en-us"}),
    "show_code_health_link": _plain,
    "create_code_health_link": _plain,
    "delete_code_health_link": _plain,
    # The server itself
    "GET /": _plain,
    "GET /healthz": _plain,
    "GET /metrics": _plain,
    "GET /schemas/build.yml.json": _plain,
}
"""By operation id. Calls that change something change only what belongs to the world they are given."""
