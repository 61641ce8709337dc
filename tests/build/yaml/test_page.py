"""The page about build.yml says what the code does."""

import re
from pathlib import Path

import pytest

from bottega.build.actions import ACTIONS
from bottega.build.actions.fields import Field
from bottega.build.yaml import read

PAGE = (Path(__file__).parents[3] / "docs/reference/build-yml.md").read_text("utf-8")
EXAMPLES = [block.partition("```")[0] for block in PAGE.split("```yaml\n")[1:]]


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_is_a_good_file(example: str) -> None:
    plan = read(example.encode(), "example.yml").plan({"codeBranch": "main"})
    assert plan.warnings == []


def test_the_table_of_steps_has_every_action_with_its_inputs() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| ([^|]+) \| ([^|]*) ?\|$", PAGE.partition("| step | title |")[2], re.MULTILINE
    )
    documented = {name: (title, listed.strip()) for name, title, listed in rows}
    expected = {one.name: (one.title, ", ".join(map(_shown, one.fields))) for one in ACTIONS.values()}
    assert {name: documented.get(name) for name in expected} == expected


def _shown(field: Field) -> str:
    below = f" ({', '.join(map(_shown, field.below))})" if field.below else ""
    return f"`{field.name}`{'*' if field.required else ''}{below}"
