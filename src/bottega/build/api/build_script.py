"""The compiled form of a build as CodeArts Build writes it: one YAML document."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from bottega.build.api.run_models import machine_label
from bottega.build.tables import BuildTask
from bottega.build.yaml_text import document
from bottega.runs.spec import RunSpec, StepSpec
from bottega.runs.tables import Run

VERSION = "2.0"
_MODULE_NUMBER = re.compile(r"devcloud2018\.codeci_action_(\d+)\.action")
_SECONDS = 60


def build_script(task: BuildTask, run: Run) -> str:
    """What the run executes, as it was fixed when the run was accepted; private parameters are masked."""
    spec = msgspec.convert(run.spec, RunSpec)
    masked = {one["name"]: one["value"] for one in run.parameters if one["secret"]}
    return document(
        {
            "version": VERSION,
            "timeout": _timeout(spec.timeout_seconds),
            "devcloud_metadata": {
                "label": machine_label(run),
                "buildType": "linux",
                "jobName": run.task_name,
                "jobId": task.id,
                "serviceType": "codeci",
                "projectId": run.project_id,
            },
            "network": spec.network,
            "parameters": {**spec.env, **masked},
            "stages": {step.key: _stage(step) for step in spec.steps},
        }
    )


def _timeout(seconds: float) -> dict[str, Any]:
    minutes, rest = divmod(round(seconds), _SECONDS)
    return {"limit": round(seconds), "unit": "second"} if rest else {"limit": minutes, "unit": "minute"}


def _stage(step: StepSpec) -> Mapping[str, Any]:
    number = _MODULE_NUMBER.fullmatch(step.module_id)
    stage: dict[str, Any] = {
        "meta": {"uuid": number[1] if number else step.module_id, "displayName": step.name},
        "tasks": [{step.label: step.inputs}],
        "preCondition": "SUCCESS",
    }
    # Only what differs from the rule is said, as in files that people write.
    if not step.enabled:
        stage["enable"] = False
    if step.ignore_failure:
        stage["ignoreFailure"] = True
    return stage
