import pytest
from hypothesis import given
from hypothesis import strategies as st

from bottega.build.actions import ACTIONS, InputError
from bottega.build.actions.inputs import flag, text, whole

anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=4,
)


@given(anything)
def test_any_value_is_read_or_refused_with_the_fields_name(value: object) -> None:
    for read in (
        lambda: text({"f": value}, "f"),
        lambda: text({"f": value}, "f", "default"),
        lambda: flag({"f": value}, "f", False),
        lambda: whole({"f": value}, "f", 1),
    ):
        try:
            read()
        except InputError as error:
            assert error.field == "f"
            assert error.reason
            assert "\n" not in str(error)


@given(
    st.sampled_from(sorted(ACTIONS)),
    st.dictionaries(st.sampled_from(["command", "url", "branch", "depth"]), anything),
)
def test_no_inputs_make_the_check_of_an_action_crash(name: str, raw: dict[str, object]) -> None:
    try:
        ACTIONS[name].check(raw)
    except InputError as error:
        assert error.field


def test_numbers_in_yaml_are_texts_where_texts_are_wanted() -> None:
    assert text({"branch": 1.5}, "branch") == "1.5"
    with pytest.raises(InputError, match="branch must be a text"):
        text({"branch": ["main"]}, "branch")
    with pytest.raises(InputError, match="branch must be a text"):
        text({"branch": True}, "branch")


@pytest.mark.parametrize(
    ("value", "expected"), [("true", True), ("False", False), (1, True), ("", False), (None, True)]
)
def test_flags_take_the_words_clients_send(value: object, expected: bool) -> None:
    assert flag({"lfs": value}, "lfs", True) is expected


def test_what_is_no_flag_is_refused() -> None:
    with pytest.raises(InputError, match="lfs must be true or false"):
        flag({"lfs": "perhaps"}, "lfs", False)


@pytest.mark.parametrize("value", [-1, "x", 1.5, True, [], "٣", "1e3"])
def test_what_is_no_whole_number_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="depth must be"):
        whole({"depth": value}, "depth", 1)
    assert whole({"depth": " 7 "}, "depth", 1) == 7
