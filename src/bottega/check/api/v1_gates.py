"""Quality gates, v1: the live service's operation for tasks, and our own for projects and the tenant."""

from typing import Annotated

import msgspec
from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from bottega.check.api.families import TaskFrame, check
from bottega.check.api.gate_models import ReviewData, gate_of, review_data
from bottega.check.api.task_arguments import ProjectId, TaskId
from bottega.check.gates.service import GateService
from bottega.check.identifiers import HEX32_PATTERN
from bottega.check.tasks.changing import TaskChanges
from bottega.check.tasks.settings import Gate, TaskSettings
from bottega.documented import documented
from bottega.http.operation import op
from bottega.iam.principal import Principal

FIELD = "reviewData"
TaskIdField = Annotated[str, documented(pattern=HEX32_PATTERN)]


class GateBody(msgspec.Struct, kw_only=True):
    """``coverage``: every file must have been looked at by every engine that is to look at it."""

    reviewData: list[ReviewData]  # noqa: N815 - as on the wire
    coverage: bool | None = None

    def gate(self, before: Gate | None = None) -> Gate:
        """As the services have it; what is not said of coverage stays. Raises :class:`Invalid`."""
        known = before.coverage if before else False
        coverage = known if self.coverage is None else self.coverage
        return gate_of(self.reviewData, FIELD, coverage=coverage)


class UpdateCodeGateRequestBody(GateBody, kw_only=True):
    id: TaskIdField


class GateResult(msgspec.Struct, kw_only=True):
    """``level`` is where it was set: tenant, project or task, or empty where there is none."""

    level: str
    reviewData: list[ReviewData]  # noqa: N815 - as on the wire
    coverage: bool


class GateResponse(TaskFrame, kw_only=True):
    """``result`` is null where no gate was set."""

    result: GateResult | None


class TextResponse(TaskFrame, kw_only=True):
    result: str


@put("/v1/task/code-gate", **op("update_code_gate", "Set the quality gate of a check task"))
def update_code_gate(
    principal: NamedDependency[Principal],
    check_changes: NamedDependency[TaskChanges],
    data: JSONBody[UpdateCodeGateRequestBody],
) -> TextResponse:
    def apply(settings: TaskSettings) -> None:
        settings.gate = data.gate(settings.gate)

    check_changes.change(principal, data.id, "quality gate", apply)
    return TextResponse(result="更新门禁配置成功")


@get("/v1/tasks/{task_id:str}/code-gate", **op("show_code_gate", "Show the gate a check task is judged by"))
def show_code_gate(
    principal: NamedDependency[Principal], check_gates: NamedDependency[GateService], task_id: TaskId
) -> GateResponse:
    found = check_gates.of_task(principal, task_id)
    return GateResponse(result=_result(found.gate, found.level))


@get("/v1/gates/tenant", **op("show_tenant_gate", "Show the quality gate of the tenant"))
def show_tenant_gate(
    principal: NamedDependency[Principal], check_gates: NamedDependency[GateService]
) -> GateResponse:
    gate = check_gates.show(principal)
    return GateResponse(result=_result(gate, "tenant") if gate else None)


@put("/v1/gates/tenant", **op("update_tenant_gate", "Set the quality gate of the tenant"))
def update_tenant_gate(
    principal: NamedDependency[Principal],
    check_gates: NamedDependency[GateService],
    data: JSONBody[GateBody],
) -> GateResponse:
    gate = data.gate()
    check_gates.save(principal, gate)
    return GateResponse(result=_result(gate, "tenant"))


@delete("/v1/gates/tenant", **op("delete_tenant_gate", "Remove the quality gate of the tenant"))
def delete_tenant_gate(
    principal: NamedDependency[Principal], check_gates: NamedDependency[GateService]
) -> GateResponse:
    check_gates.remove(principal)
    return GateResponse(result=None)


@get("/v1/gates/projects/{project_id:str}", **op("show_project_gate", "Show the quality gate of a project"))
def show_project_gate(
    principal: NamedDependency[Principal],
    check_gates: NamedDependency[GateService],
    project_id: ProjectId,
) -> GateResponse:
    gate = check_gates.show(principal, project_id)
    return GateResponse(result=_result(gate, "project") if gate else None)


@put("/v1/gates/projects/{project_id:str}", **op("update_project_gate", "Set the quality gate of a project"))
def update_project_gate(
    principal: NamedDependency[Principal],
    check_gates: NamedDependency[GateService],
    project_id: ProjectId,
    data: JSONBody[GateBody],
) -> GateResponse:
    gate = data.gate()
    check_gates.save(principal, gate, project_id)
    return GateResponse(result=_result(gate, "project"))


@delete(
    "/v1/gates/projects/{project_id:str}",
    **op("delete_project_gate", "Remove the quality gate of a project"),
)
def delete_project_gate(
    principal: NamedDependency[Principal],
    check_gates: NamedDependency[GateService],
    project_id: ProjectId,
) -> GateResponse:
    check_gates.remove(principal, project_id)
    return GateResponse(result=None)


def _result(gate: Gate, level: str) -> GateResult:
    return GateResult(level=level, reviewData=review_data(gate), coverage=gate.coverage)


ROUTER = check(
    [
        update_code_gate,
        show_code_gate,
        show_tenant_gate,
        update_tenant_gate,
        delete_tenant_gate,
        show_project_gate,
        update_project_gate,
        delete_project_gate,
    ]
)
