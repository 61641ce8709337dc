"""What the operations take in paths and queries."""

import re
from typing import Annotated

from litestar.params import PathParameter, QueryParameter

from bottega.build.identifiers import HEX32_PATTERN
from bottega.errors import Invalid

_HEX32 = {"pattern": HEX32_PATTERN}
_KNOWN = re.compile(HEX32_PATTERN)

FileId = Annotated[
    str, PathParameter(description="Id of a file of the release repository", schema_extra=_HEX32)
]
VersionId = Annotated[str, PathParameter(description="Id of a version of a package", schema_extra=_HEX32)]
ProjectQuery = Annotated[
    str, QueryParameter(name="project_id", description="Id of a CodeArts project", schema_extra=_HEX32)
]


def check_id(value: str, field: str) -> str:
    """``value`` if it can be an id of this domain. Raises :class:`Invalid`."""
    if not _KNOWN.fullmatch(value):
        raise Invalid(field, "must be 32 lower-case letters or digits")
    return value
