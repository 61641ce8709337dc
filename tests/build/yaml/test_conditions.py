import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bottega.build.yaml import conditions
from bottega.build.yaml.condition_words import ConditionError
from bottega.build.yaml.conditions import All, Any, Comparison, Expression, Not, Value, read, write

NAMES = st.from_regex(r"[A-Za-z0-9_]{1,5}", fullmatch=True)
VALUES = st.one_of(
    NAMES.map(lambda name: Value("name", name)),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5).map(lambda text: Value("text", text)),
    st.from_regex(r"-?[0-9]{1,3}(\.[0-9]{1,2})?", fullmatch=True).map(lambda text: Value("number", text)),
    st.sampled_from(["true", "false"]).map(lambda text: Value("truth", text)),
)
WORDS = st.sampled_from(["p", "q", "(", ")", "!", "and", "or", "==", "'x'", "1"])
COMPARISONS = st.one_of(
    st.builds(Comparison, VALUES, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), VALUES),
    NAMES.map(lambda name: Comparison(Value("name", name))),
)
TREES: st.SearchStrategy[Expression] = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Any(tuple(parts))),
    ),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("machineArch == 'ARM'", True),
        ("p == 1", True),
        ("p == 1.0", True),
        ("p == '1'", True),
        ("${p} != 2", True),
        ("p < 10", True),
        ("p > -1 and p <= 1", True),
        ('machineArch == "arm"', False),
        ("machineArch == 'X86' or machineArch == 'ARM'", True),
        ("machineArch == 'X86' || !(p != 1) && release", True),
        ("release == true", True),
        ("not release", False),
        ("empty", False),
        ("empty == ''", True),
        ("quote == 'it''s'", True),
        ("p == 2 or p == 1 and p == 3", False),
        ("not p == 2", True),
        ("true", True),
        ("release < 'a'", True),
        (" p\n == \t1 ", True),
    ],
)
def test_what_is_true(text: str, holds: bool) -> None:
    values = {"machineArch": "ARM", "p": "1", "release": "True", "empty": "", "quote": "it's"}
    assert read(text).holds(values) is holds


@pytest.mark.parametrize(
    ("text", "offset", "reason"),
    [
        ("", 0, "expected a parameter, a text in quotes or a number, not the end"),
        ("p = 1", 2, "expected == to compare"),
        ("p == ", 5, "expected a parameter, a text in quotes or a number, not the end"),
        ("p == 'x", 5, "the text that begins here has no closing '"),
        ("p == 1 & q", 7, "expected &&, or the word and"),
        ("(p == 1", 0, "this ( has no closing )"),
        ("(p == 1 q)", 8, "expected and, or, or the end, not 'q'"),
        ("p == 1)", 6, "expected and, or, or the end, not ')'"),
        ("1 < p < 3", 6, "a comparison has one parameter, text or number on either side"),
        ("'x'", 3, "expected a comparison (one of == != < <= > >=)"),
        ("p == x-y", 6, "'-y' is neither a parameter's name nor a number; put texts in quotes"),
        ("p == 1.2.3", 5, "'1.2.3' is neither a parameter's name nor a number; put texts in quotes"),
        ("p ~ 1", 2, "'~' has no meaning in a condition"),
        ("$p == 1", 0, "expected ${name}"),
        ("q == 1", 0, "there is no parameter 'q'; a text stands in quotes"),
        ("p == 1 or relaese", 10, "there is no parameter 'relaese'; did you mean release?"),
        ("p", 0, "p is '1', neither true nor false"),
        ("not " * 40 + "p", 124, "a condition is nested at most 30 levels deep"),
        ("(" * 900, 31, "a condition is nested at most 30 levels deep"),
        ("p == 1 or " * 200, 1000, "a condition has at most 1000 characters"),
    ],
)
def test_mistakes_are_told_with_their_place(text: str, offset: int, reason: str) -> None:
    with pytest.raises(ConditionError) as caught:
        read(text).holds({"p": "1", "release": "yes"})
    assert (caught.value.offset, caught.value.reason) == (offset, reason)


@given(TREES)
def test_what_is_written_is_read_back(tree: Expression) -> None:
    text = write(tree)
    if len(text) <= conditions.MAX_LENGTH:
        assert read(text).tree == tree


@given(
    st.one_of(st.text(max_size=40), st.lists(WORDS).map(" ".join)),
    st.dictionaries(st.sampled_from(["p", "q"]), st.text(max_size=4)),
)
def test_any_text_is_a_condition_or_a_mistake(text: str, values: dict[str, str]) -> None:
    with contextlib.suppress(ConditionError):
        assert read(text).holds(values) in {True, False}
