"""Calls about build tasks and what belongs to them."""

from bottega.build.templates import catalogue
from bottega.ids import new_hex
from tests.build.harness import task_body, template_body
from tests.support.application import World
from tests.support.calls.request import Calls, Request, plain
from tests.support.http_sink import shared_sink
from tests.support.repositories import shared_repository


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


CALLS: Calls = {
    # Build tasks
    "create_new_job": _create,
    "create_build_job": _create,
    "update_new_job": _update,
    "update_build_job": _update,
    "show_job_config": plain,
    "list_job_config": plain,
    "delete_the_job": plain,
    "delete_build_job": plain,
    "show_job_info": plain,
    "list_job": lambda world: Request(query={"creator_id": world.user_id}),
    "list_project_jobs": lambda world: Request(
        query={"creator_id": world.user_id, "by_group": "true", "group_path_id": world.group_id}
    ),
    "show_job_list_by_project_id": plain,
    "copy_job": _copy,
    # Groups and parameters
    "list_group_tree": plain,
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
    "show_build_params_list": plain,
    "show_default_build_parameters": plain,
    "show_job_system_parameters": plain,
    "show_copy_name": plain,
    "check_job_name_is_exists": lambda world: Request(
        query={"project_id": world.project_id, "job_name": "task"}
    ),
    "check_job_count_is_top_limit": plain,
    "add_favourite_task": plain,
    "remover_favourite_task": plain,
    "disable_the_job": lambda _world: Request(body={"disabled": True, "reason": "no reason"}),
    "disable_build_job": plain,
    "enable_build_job": plain,
    "show_disable": plain,
    "list_update_job_history": plain,
    "show_job_config_diff": lambda _world: Request(query={"original_no": "1", "revisedl_no": "1"}),
    "show_job_pipeline_info": plain,
    "list_end_points": plain,
    "batch_delete_build_jobs": lambda world: Request(body={"job_ids": [world.job_id]}),
    "list_recycling_job": plain,
    "restore_recycling_jobs": _deleted,
    "delete_recycling_jobs": _deleted,
    "clear_recycling_jobs": plain,
    "set_keep_time": lambda _world: Request(body={"keep_time": 7}),
    # Repositories
    "show_git_code_repository": plain,
    "show_git_code_repository_branches": lambda _world: Request(query={"repo_id": shared_repository()}),
    "list_tag_list": lambda _world: Request(query={"scm_type": "codehub", "repo_id": shared_repository()}),
    # Templates
    "create_template": _template,
    "create_templates": _template,
    "delete_template": _its_template,
    "delete_templates": _its_template,
    "show_template": _its_template,
    "list_custom_template": plain,
    "list_templates": plain,
    "list_official_template": plain,
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
    "show_yaml_template": plain,
    # Webhooks
    "create_job_hook": lambda _world: Request(body={"name": "forge", "branches": ["release/*"]}),
    "list_job_hooks": plain,
    "update_job_hook": lambda _world: Request(body={"branches": ["release/*"]}),
    "rotate_job_hook": lambda _world: Request(body={}),
    "delete_job_hook": plain,
    "list_job_hook_deliveries": plain,
    "redeliver_job_hook": plain,
    "receive_hook": lambda world: Request(
        headers={"X-Gitlab-Token": world.hook_secret, "Idempotency-Key": new_hex()},
        content=b'{"object_kind": "note"}',
    ),
    # Notices
    "show_job_notice_config_info": plain,
    "list_notice": plain,
    "update_new_notice_new": _notice,
    "update_notice": _notice,
    "disable_notice": lambda _world: Request(query={"notice_type": "MAIL"}),
    "check_webhook_url": lambda world: Request(
        body={"job_id": world.job_id, "notice_type": "WEBHOOK", "webhook_url": shared_sink()}
    ),
    # Files
    "upload_keystore": _upload,
    "list_keystore_search": plain,
    "list_keystore": plain,
    "update_keystore": _change_file,
    "delete_keystore": plain,
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
    "delete_keystore_permission": plain,
}
