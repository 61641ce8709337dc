"""How the operations of v2 answer when there is nothing to tell: the JSON text ``null``."""

from dataclasses import dataclass

from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Operation, Schema

from bottega.http.operation import JSON_UTF8


@dataclass
class AnswersNull(Operation):
    """For ``operation_class`` of operations that return None: the framework takes that for no body at all."""

    def __post_init__(self) -> None:
        """Describe the body."""
        answer = (self.responses or {}).get("200")
        if isinstance(answer, OpenAPIResponse):
            answer.content = {JSON_UTF8: OpenAPIMediaType(schema=Schema(type=OpenAPIType.NULL))}
