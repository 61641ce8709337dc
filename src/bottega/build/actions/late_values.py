"""Parameters that only the agent knows, put into the inputs of a step when its turn has come.

All others are put in when a run begins to exist: then neither the commit nor the place of the workspace is known.
"""

from __future__ import annotations

import re

from bottega.build.actions.inputs import LEFT_ALONE, is_a

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_REFERENCE = re.compile(r"\$\{(COMMIT_ID|COMMIT_ID_SHORTER|GIT_TAG|WORKSPACE)\}")
_MAX_DEPTH = 16
# Inputs that are paths are paths below the workspace, wherever that is.
_HERE = "."


def put_in_late(inputs: Mapping[str, Any], env: Mapping[str, str]) -> dict[str, Any]:
    """The inputs with these names put into their texts; a name without a value in ``env`` stays as it is written."""
    values = {**env, "WORKSPACE": _HERE}
    return {
        name: value if name in LEFT_ALONE else _filled(value, values, 0) for name, value in inputs.items()
    }


def _filled(value: Any, values: Mapping[str, str], depth: int) -> Any:
    if isinstance(value, str):
        return _REFERENCE.sub(lambda found: values.get(found[1], found[0]), value) if "${" in value else value
    if depth < _MAX_DEPTH and is_a(value, list):
        return [_filled(item, values, depth + 1) for item in value]
    if depth < _MAX_DEPTH and is_a(value, dict):
        return {key: _filled(part, values, depth + 1) for key, part in value.items()}
    return value
