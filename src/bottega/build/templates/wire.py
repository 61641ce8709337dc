"""The steps of a template as they travel, named as in the CodeArts Build contract."""

from typing import Annotated, Any

import msgspec

from bottega.build.wire import MODULE_PATTERN, STEP_NAME_PATTERN, CreateBuildJobSteps
from bottega.documented import documented

UNNAMED = "step"


class CreateTemplateSteps(msgspec.Struct, kw_only=True):
    """A step that may do without a name, unlike a task's."""

    module_id: Annotated[str, documented(pattern=MODULE_PATTERN)]
    name: Annotated[str | None, documented(pattern=f"^$|{STEP_NAME_PATTERN}")] = None
    properties: dict[str, Any] | None = None
    version: str | None = None
    enable: bool | None = None

    def of_task(self) -> CreateBuildJobSteps:
        """The step as a task's, which needs a name."""
        return CreateBuildJobSteps(
            module_id=self.module_id,
            name=self.name or UNNAMED,
            properties=self.properties,
            version=self.version,
            enable=self.enable,
        )
