from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bottega.build.yaml_text import document

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LINES = st.lists(st.one_of(TEXT, st.sampled_from(["", " ", "\t", "- x", "#", "a: b"])), max_size=4).map(
    "\n".join
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(-1e6, 1e6), LINES)
VALUES = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3))
)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(TEXT, VALUES, max_size=3))
def test_what_is_written_is_read_back(value: dict[str, Any]) -> None:
    assert (yaml.safe_load(document(value)) or {}) == value


def test_a_document_is_made_to_be_read() -> None:
    text = document(
        {
            "version": "2.0",
            "off": 1,
            "stage one": {"tasks": [{"sh": {"command": "make\nmake test\n"}}, []], "note": "a\n b"},
            "empty": {},
        }
    )
    assert text == (
        'version: "2.0"\n'
        '"off": 1\n'
        '"stage one":\n'
        "  tasks:\n"
        "    -\n"
        "      sh:\n"
        "        command: |\n"
        "          make\n"
        "          make test\n"
        "    - []\n"
        "  note: |-\n"
        "    a\n"
        "     b\n"
        "empty: {}\n"
    )


def test_long_keys_are_read_back() -> None:
    value = {"k" * 5000: {'"' * 600: [1, {"x" * 2000: "a\nb"}]}}
    assert yaml.safe_load(document(value)) == value
