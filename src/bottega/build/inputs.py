"""Parameters in the inputs of steps: ``${name}`` becomes a value when a run is compiled.

Scripts are left alone: they read parameters from their environment, and no value is ever pasted into a script. So are
passwords: the agent looks up the parameter that they name.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any, cast

from bottega.build.actions.inputs import LEFT_ALONE
from bottega.errors import Invalid

MAX_INPUT = 64 * 1024
"""Characters of a text after its parameters were put in: a few references to a long value would fill the memory."""
MAX_DEPTH = 16

_REFERENCE = re.compile(r"\$\{([A-Za-z0-9_]+)\}")


def put_in(
    inputs: Mapping[str, Any], values: Mapping[str, str], private: Collection[str], field: str
) -> dict[str, Any]:
    """The inputs with ``values`` in place of their names, in texts at any depth; unknown names stay as written.

    Values are not looked at again. Raises :class:`Invalid` below ``field`` for a parameter that is private: its value
    would be in the run's specification, which records and agents keep in the clear.
    """
    return {
        name: value if name in LEFT_ALONE else _filled(value, values, private, f"{field}.{name}", 0)
        for name, value in inputs.items()
    }


def mentions_any(value: Any, depth: int = 0) -> bool:
    """Whether a text in it has a reference, so that only a run can tell what it will be."""
    if depth > MAX_DEPTH:
        return False
    if isinstance(value, str):
        return _REFERENCE.search(value) is not None
    if isinstance(value, dict):
        value = list(cast("dict[str, Any]", value).values())
    return isinstance(value, list) and any(mentions_any(item, depth + 1) for item in cast("list[Any]", value))


def _filled(value: Any, values: Mapping[str, str], private: Collection[str], field: str, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise Invalid(field, f"is nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, str):
        return _text(value, values, private, field)
    if isinstance(value, list):
        items = cast("list[Any]", value)
        return [
            _filled(item, values, private, f"{field}[{index}]", depth + 1) for index, item in enumerate(items)
        ]
    if isinstance(value, dict):
        parts = cast("dict[str, Any]", value)
        return {
            key: _filled(part, values, private, f"{field}.{key}", depth + 1) for key, part in parts.items()
        }
    return value


def _text(text: str, values: Mapping[str, str], private: Collection[str], field: str) -> str:
    size = len(text)
    for name in _REFERENCE.findall(text):
        if name in private:
            raise Invalid(
                field, f"${{{name}}} is a private parameter; only scripts can use it, from their environment"
            )
        size += len(values.get(name, ""))
        if size > MAX_INPUT:
            raise Invalid(field, f"is longer than {MAX_INPUT} characters with its parameters put in")
    return _REFERENCE.sub(lambda found: values.get(found[1], found[0]), text)
