"""The language of build.yml: what a file means, where it is wrong, and what a build of it does.

Nothing here knows a database, HTTP or git: bytes and parameters go in, plans or problems come out.
"""

from bottega.build.yaml.plan import (
    BuildPlan,
    CodeCache,
    FlowPlan,
    Param,
    PlannedJob,
    PlannedStep,
    Resource,
)
from bottega.build.yaml.problems import BuildFileError, Problem
from bottega.build.yaml.reading import BuildFile, FlowFile, read

DEFAULT_PATH = ".cloudbuild/build.yml"
PATH_PARAMETER = "CB_BUILD_YAML_PATH"
"""The parameter of a task that names another file (reference, section 5.4)."""

__all__ = [
    "DEFAULT_PATH",
    "PATH_PARAMETER",
    "BuildFile",
    "BuildFileError",
    "BuildPlan",
    "CodeCache",
    "FlowFile",
    "FlowPlan",
    "Param",
    "PlannedJob",
    "PlannedStep",
    "Problem",
    "Resource",
    "read",
]
