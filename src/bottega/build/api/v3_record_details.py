"""What one build record tells beside its header, v3."""

from litestar import get
from litestar.di import NamedDependency

from bottega.build.api.arguments import RecordId
from bottega.build.api.families import v3
from bottega.build.api.flow_models import ShowFlowGraphResponse, flow_graph
from bottega.build.service import BuildService
from bottega.http.operation import op
from bottega.iam.principal import Principal


@get(
    "/v3/{build_flow_record_id:str}/flow-graph",
    **op("show_flow_graph", "Show the graph of a BuildFlow: empty for other builds (v3)"),
)
def show_flow_graph(
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    build_flow_record_id: RecordId,
) -> ShowFlowGraphResponse:
    flow = builds.reader.flow(principal, build_flow_record_id, "build_flow_record_id")
    return ShowFlowGraphResponse(result=flow_graph(flow, builds.zone))


ROUTER = v3([show_flow_graph])
