"""The operations of CodeArts Check."""

from litestar import Router

from bottega.check.api import (
    criterion_sets,
    criterions,
    measures,
    rule_set_export,
    runners,
    v1_gates,
    v1_issue_files,
    v1_issue_history,
    v1_issues,
    v1_jobs,
    v1_logs,
    v1_task_changes,
    v1_task_facts,
    v1_tasks,
    v2_issues,
    v2_metrics,
    v2_rule_sets,
    v2_rules,
    v2_scans,
    v2_task_settings,
    v2_tasks,
    v3_tasks,
    v4_health,
    v4_jobs,
    v4_tasks,
)

PUBLIC: tuple[str, ...] = ()
"""What strangers may call: the operations look themselves who is asking."""

ROUTES: list[Router] = [
    v1_tasks.ROUTER,
    v1_task_changes.ROUTER,
    v1_task_facts.ROUTER,
    v1_gates.ROUTER,
    v2_tasks.ROUTER,
    v2_task_settings.ROUTER,
    runners.ROUTER,
    v1_jobs.ROUTER,
    v1_logs.ROUTER,
    v2_scans.ROUTER,
    v4_jobs.ROUTER,
    v2_rules.ROUTER,
    v2_rule_sets.ROUTER,
    criterions.ROUTER,
    criterion_sets.ROUTER,
    rule_set_export.ROUTER,
    v3_tasks.ROUTER,
    v4_health.ROUTER,
    v4_tasks.ROUTER,
    v1_issue_files.ROUTER,
    v1_issue_history.ROUTER,
    v1_issues.ROUTER,
    v2_issues.ROUTER,
    v2_metrics.ROUTER,
    measures.ROUTER,
]
