"""All tables in one place: importing this module fills ``Base.metadata``."""

from bottega.artifacts import tables as artifact_tables
from bottega.audit import tables as audit_tables
from bottega.badges import tables as badge_tables
from bottega.build import tables as build_tables
from bottega.build.changes import tables as change_tables
from bottega.build.commit_status import tables as commit_status_tables
from bottega.build.favourites import tables as favourite_tables
from bottega.build.files import tables as file_tables
from bottega.build.flows import tables as flow_tables
from bottega.build.groups import tables as group_tables
from bottega.build.hooks import tables as hook_tables
from bottega.build.notices import tables as notice_tables
from bottega.build.permissions import tables as permission_tables
from bottega.build.planning import tables as planning_tables
from bottega.build.recycling import tables as recycling_tables
from bottega.build.reports import tables as report_tables
from bottega.build.templates import tables as template_tables
from bottega.build.timers import tables as timer_tables
from bottega.caches import tables as cache_tables
from bottega.check.annotations import tables as check_annotation_tables
from bottega.check.issues import tables as check_issue_tables
from bottega.check.notices import tables as check_notice_tables
from bottega.check.reports import tables as check_report_tables
from bottega.check.rulesets import tables as rule_set_tables
from bottega.check.schedules import tables as check_schedule_tables
from bottega.check.tasks import tables as check_task_tables
from bottega.check.triggers import tables as check_trigger_tables
from bottega.iam import tables as iam_tables
from bottega.notify import tables as notify_tables
from bottega.projects import tables as project_tables
from bottega.runs import tables as run_tables
from bottega.runs.pools import tables as pool_tables
from bottega.store.base import Base
from bottega.transfers import tables as transfer_tables

DOMAINS = (
    audit_tables,
    iam_tables,
    project_tables,
    build_tables,
    run_tables,
    pool_tables,
    permission_tables,
    change_tables,
    favourite_tables,
    group_tables,
    recycling_tables,
    report_tables,
    timer_tables,
    hook_tables,
    badge_tables,
    commit_status_tables,
    planning_tables,
    flow_tables,
    file_tables,
    template_tables,
    notify_tables,
    notice_tables,
    transfer_tables,
    artifact_tables,
    cache_tables,
    check_task_tables,
    check_issue_tables,
    check_notice_tables,
    check_report_tables,
    check_schedule_tables,
    check_trigger_tables,
    check_annotation_tables,
    rule_set_tables,
)

metadata = Base.metadata
