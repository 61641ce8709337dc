import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bottega.build.parameters import FORBIDDEN, MASK, PREDEFINED, default_of, increased, parse
from bottega.build.wire import CreateBuildJobParameter
from bottega.errors import Invalid
from tests.build.harness import parameter

NAMES = st.from_regex(r"[a-zA-Z0-9_]{1,128}", fullmatch=True).filter(
    lambda name: name not in FORBIDDEN | PREDEFINED | {"codeBranch"}
)
VALUES = st.text(st.characters(exclude_characters="{\0", exclude_categories=["Cs"]), max_size=200).filter(
    lambda value: value != MASK
)


def wire(*items: dict[str, object]) -> list[CreateBuildJobParameter]:
    return msgspec.convert(list(items), list[CreateBuildJobParameter])


def enumeration(name: str, default: str, *options: str) -> dict[str, object]:
    return {
        "params": [
            {"name": "name", "value": name},
            {"name": "type", "value": "customizeparam"},
            {"name": "defaultValue", "value": default, "limits": [{"name": option} for option in options]},
        ]
    }


@given(NAMES, VALUES, st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_does_not_matter(name: str, value: str, private: bool, random: object) -> None:
    item = parameter(name, value, sensitiveVar=str(private).lower())
    random.shuffle(item["params"])  # type: ignore[attr-defined]
    (found,) = parse(wire(item))
    assert (found.name, found.default, found.private, found.kind) == (name, value, private, "string")


@given(st.lists(st.tuples(NAMES, VALUES), unique_by=lambda pair: pair[0], max_size=5))
def test_parameters_come_back_as_they_were_sent(pairs: list[tuple[str, str]]) -> None:
    items = [parameter(name, value, description="d") for name, value in pairs]
    decoded = wire(*items)
    parse(decoded)
    again = msgspec.json.decode(msgspec.json.encode(decoded), type=list[CreateBuildJobParameter])
    assert again == decoded
    shown = [[(pair.name, pair.value) for pair in one.params or []] for one in again]
    assert shown == [[(pair["name"], pair["value"]) for pair in item["params"]] for item in items]


@pytest.mark.parametrize(
    "name", ["", "a-b", "a b", "ä", "x" * 129, "a\n", *sorted(FORBIDDEN), *sorted(PREDEFINED)]
)
def test_bad_names_are_refused(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(wire(parameter(name)))
    assert refused.value.field == "parameters[0].params"


@pytest.mark.parametrize("value", ["{{ x }}", "{% x %}", "{# x #}", "x" * 8193, "a\0b"])
def test_bad_values_are_refused_without_repeating_them(value: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(wire(parameter("version", value)))
    assert value not in str(refused.value)


def test_a_name_is_given_once() -> None:
    with pytest.raises(Invalid, match="given twice"):
        parse(wire(parameter("a"), parameter("a")))


def test_an_enumeration_takes_its_default_from_its_options() -> None:
    (found,) = parse(wire(enumeration("colour", "red", "red", "blue")))
    assert (found.kind, found.options) == ("enum", ("red", "blue"))
    with pytest.raises(Invalid, match="one of red, blue"):
        parse(wire(enumeration("colour", "green", "red", "blue")))


def test_an_unknown_type_is_refused_and_any_increment_is_one() -> None:
    for name in ("increment", "autoIncrementParam"):
        assert parse(wire(parameter("n", "1", type=name)))[0].kind == "increment"
    with pytest.raises(Invalid, match="none of normalparam"):
        parse(wire(parameter("n", "1", type="float")))


def test_the_branch_cannot_be_private() -> None:
    with pytest.raises(Invalid, match="cannot be private"):
        parse(wire(parameter("codeBranch", "x", sensitiveVar="true")))


def test_flags_are_true_or_false() -> None:
    assert parse(wire(parameter("a", "x", sensitiveVar="TRUE")))[0].private
    with pytest.raises(Invalid, match="neither true nor false"):
        parse(wire(parameter("a", "x", sensitiveVar="yes")))


def test_missing_pairs_mean_an_empty_public_text() -> None:
    (found,) = parse(wire({"params": [{"name": "name", "value": "a"}]}))
    assert (found.kind, found.default, found.private) == ("string", "", False)
    assert default_of(wire({"params": None})[0]) is None


@pytest.mark.parametrize(
    ("value", "following"),
    [
        ("1", "2"),
        ("v1.9", "v1.10"),
        ("v1.09", "v1.10"),
        ("1.0.0-rc", "1.0.1-rc"),
        ("99", "100"),
        ("x", "x"),
        ("", ""),
    ],
)
def test_the_last_number_counts_up(value: str, following: str) -> None:
    assert increased(value) == following
