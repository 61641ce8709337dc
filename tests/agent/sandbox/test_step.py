from typing import Any

import pytest

from bottega.agent.sandbox import Bind, Command


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("argv", {"argv": []}),
        ("argv", {"argv": ["sh", "a\0b"]}),
        ("env", {"env": {"": "x"}}),
        ("env", {"env": {"A=B": "x"}}),
        ("env TOKEN", {"env": {"TOKEN": "x\0y"}}),
        ("cwd", {"cwd": "workspace"}),
        ("cwd", {"cwd": "/workspace/../etc"}),
    ],
)
def test_a_command_that_no_process_can_take_is_refused_by_field(field: str, changes: dict[str, Any]) -> None:
    settings: dict[str, Any] = {"argv": ["true"], "env": {}, "cwd": "/workspace"}
    with pytest.raises(ValueError, match=field):
        Command(**{**settings, **changes})


def test_a_refused_variable_does_not_show_its_value() -> None:
    with pytest.raises(ValueError, match="TOKEN") as caught:
        Command(["true"], {"TOKEN": "hush\0hush"}, "/")
    assert "hush" not in str(caught.value)


def test_the_representation_of_a_command_holds_no_secret() -> None:
    command = Command(["true"], {"TOKEN": "hush"}, "/workspace", stdin=b"hush")
    assert "hush" not in repr(command)


@pytest.mark.parametrize("path", ["relative", "/a/../b", "/a\0b"])
def test_a_bind_needs_plain_absolute_paths(path: str) -> None:
    with pytest.raises(ValueError, match="source"):
        Bind(path, "/mirror")
    with pytest.raises(ValueError, match="target"):
        Bind("/usr", path)
