"""What a console has to know of parameters: the predefined ones, those of a new task, and the form for one more."""

import msgspec

from bottega.build.parameters import BRANCH_PARAMETER, FORBIDDEN, MAX_VALUE, NAME_PATTERN, PREDEFINED
from bottega.build.source import DEFAULT_BRANCH

DEFINITION = "hudson.model.StringParameterDefinition"
"""What every parameter of a task is called on the wire, whatever its type."""


class SystemParameter(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter every build may use and no task can declare."""

    id: int
    name: str
    description: str


class Constraint(msgspec.Struct, frozen=True, kw_only=True):
    """``kind`` is minLen, maxLen or regex; ``message`` is what to tell who breaks it."""

    kind: str
    value: str
    message: str


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One inner name of a parameter, and how a form asks for it."""

    name: str
    title: str
    kind: str = "text"
    required: bool = False
    constraints: tuple[Constraint, ...] = ()


_DESCRIPTIONS = {
    "PROJECT_ID": "Id of the CodeArts project the build task belongs to",
    "JOB_ID": "Id of the build task",
    "JOB_NAME": "Name of the build task",
    "WORKSPACE": "Folder the repository is checked out into",
    "INCREASENUM": "How often the task was built, this build included",
    "BUILDNUMBER": "Number of the build on its day, such as 20200312.3",
    "TIMESTAMP": "When the build was accepted: yyyyMMddHHmmss",
    "COMMIT_ID": "Id of the commit that is built, once it is checked out",
    "COMMIT_ID_SHORTER": "The first 8 characters of COMMIT_ID",
    "GIT_TAG": "Name of the tag, in builds of a tag",
    "PIPELINE_ID": "Id of the pipeline, in builds that one started",
    "PIPELINE_NUMBER": "Number of the pipeline's run, in builds that one started",
}

SYSTEM_PARAMETERS = tuple(
    SystemParameter(id=number, name=name, description=text)
    for number, (name, text) in enumerate(_DESCRIPTIONS.items(), 1)
)

NEW_TASK = {
    "name": BRANCH_PARAMETER,
    "type": "normalparam",
    "defaultValue": DEFAULT_BRANCH,
    "description": "The branch to build",
    "deletion": "false",
    "defaults": "true",
    "staticVar": "false",
    "sensitiveVar": "false",
}
"""The inner names and values of the one parameter a console puts into a new task."""


def _longest(limit: int) -> Constraint:
    return Constraint(kind="maxLen", value=str(limit), message=f"At most {limit} characters are allowed")


_RESERVED = "|".join(sorted({*FORBIDDEN, *PREDEFINED}))

FORM = (
    Field(
        name="name",
        title="Name",
        required=True,
        constraints=(
            Constraint(kind="minLen", value="1", message="A parameter needs a name"),
            _longest(128),
            Constraint(
                kind="regex", value=NAME_PATTERN, message="Only letters, digits and underscores are allowed"
            ),
            Constraint(
                kind="regex",
                value=f"^(?!(?:{_RESERVED})$).*$",
                message="This name is reserved for the server",
            ),
        ),
    ),
    Field(
        name="type",
        title="Type",
        kind="select",
        required=True,
        constraints=(
            Constraint(
                kind="regex",
                value="^(?:normalparam|customizeparam|increment)$",
                message="There are texts, enumerations and numbers that increase",
            ),
        ),
    ),
    Field(
        name="defaultValue",
        title="Default value",
        constraints=(
            _longest(MAX_VALUE),
            Constraint(
                kind="regex",
                value=r"^(?:(?!\{[{%#])[^\u0000])*$",
                message="{{, {% and {# are not allowed",
            ),
        ),
    ),
    Field(name="description", title="Description"),
    Field(name="staticVar", title="Can be set when a build is started", kind="checkbox"),
    Field(name="sensitiveVar", title="Private: encrypted, and hidden in logs", kind="checkbox"),
)
"""What a client may check before it saves a parameter; the server checks the same once more."""
