"""Calls about builds, their records and what they leave."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.support.application import World
from tests.support.calls.request import Calls, Request, of_project, plain

ZONE = ZoneInfo("Asia/Shanghai")


def _window(_world: World) -> Request:
    today = datetime.now(ZONE)
    bounds = {"start_time": today - timedelta(days=1), "end_time": today + timedelta(days=1)}
    return Request(query={name: f"{moment:%Y-%m-%d %H:%M:%S}" for name, moment in bounds.items()})


def _days(_world: World) -> Request:
    today = f"{datetime.now(ZONE):%Y-%m-%d}"
    return Request(query={"start_time": today, "end_time": today})


def _of_flow(world: World) -> Request:
    return Request(path={"build_flow_record_id": world.record_id})


def _its_build(world: World) -> Request:
    return Request(query={"job_id": world.job_id, "build_no": world.build_no})


def _report(world: World) -> Request:
    return Request(
        query={"job_id": world.job_id, "repository_name": "shop", "branch": "main", "interval": "7"}
    )


def _execute(world: World) -> Request:
    return Request(body={"job_id": world.job_id})


CALLS: Calls = {
    # Builds
    "execute_job": _execute,
    "run_job": _execute,
    "rerun_job": lambda _world: Request(body={"failed_only": False}),
    "stop_the_job": lambda world: Request(body={"build_no": world.waiting_build_no}),
    "stop_job": lambda world: Request(body={"job_id": world.job_id, "build_no": world.waiting_build_no}),
    "stop_build_record": lambda world: Request(path={"record_id": world.waiting_record_id}),
    "stop_build_job": lambda world: Request(path={"build_no": world.waiting_build_no}),
    "show_running_status": plain,
    "show_job_step_status": lambda world: Request(query={"build_no": world.build_no}),
    "show_job_status": plain,
    # Records
    "list_records": plain,
    "show_build_record": plain,
    "list_build_info_record_by_job_id": _window,
    "show_record_detail": plain,
    "show_record_info": plain,
    "show_job_build_record_detail": plain,
    "show_build_details": plain,
    "show_build_info_record": plain,
    "list_build_info_record": _window,
    "list_build_parameter": plain,
    "show_build_output": plain,
    "show_output_info": plain,
    "show_build_record_build_script": plain,
    "show_build_record_flow_graph": _of_flow,
    "show_flow_graph": _of_flow,
    "show_job_total": plain,
    "list_brief_record": lambda world: Request(query={"limit": "5"}, body=[world.build_project_id]),
    "list_badge_branches": plain,
    "show_last_history": lambda _world: Request(query={"repository_name": "shop"}),
    "show_build_record_full_stages": plain,
    "show_list_history": plain,
    "show_list_period_history": _days,
    "show_history_details": plain,
    # Statistics and reports
    "show_job_build_success_ratio": _report,
    "show_job_build_time": _report,
    "list_repo_branch": lambda world: Request(query={"job_id": world.job_id, "repository_name": "shop"}),
    "list_repository": plain,
    "show_job_success_ratio": _days,
    "show_report_summary": lambda world: Request(query={"build_no": world.build_no}),
    "list_junit_coverage_summary": _its_build,
    "download_junit_coverage_zip": lambda world: Request(
        query={"job_id": world.job_id, "build_no": world.build_no, "root_id": world.root_id}
    ),
    "show_coverage_metrics": lambda world: Request(query={"root_id": world.root_id}),
    # Logs
    "download_build_real_time_log": plain,
    "download_real_time_log": plain,
    "show_action_i_info": _its_build,
    "show_action_info": _its_build,
    "show_log_analysis": plain,
    "download_build_log": plain,
    "download_build_full_log": lambda _world: Request(query={"compress": "true"}),
    "download_log_by_record_id": plain,
    "download_task_log": lambda _world: Request(query={"task_name": "stage1"}),
    "download_task_log_new": lambda _world: Request(query={"task_name": "stage1"}),
    # Badges
    "show_job_badge": plain,
    "show_public_badge": lambda world: Request(path={"file": f"{world.badge_token}.svg"}),
    "show_job_badge_link": plain,
    "create_job_badge_link": plain,
    "delete_job_badge_link": plain,
    # The release repository
    "list_packages": of_project,
    "list_package_versions": of_project,
    "list_artifact_files": lambda world: Request(
        query={"project_id": world.project_id, "record_id": world.record_id}
    ),
    "show_artifact_file": plain,
    "download_artifact_file": plain,
    "check_artifact_file": plain,
    "show_provenance": plain,
    "show_signing_key": plain,
    "delete_package_version": plain,
    # Dependency caches
    "list_caches": lambda world: Request(query={"job_id": world.job_id}),
    "delete_caches": lambda world: Request(query={"job_id": world.job_id}),
}
