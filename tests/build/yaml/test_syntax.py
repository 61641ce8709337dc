import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bottega.build.yaml import BuildFileError, read, syntax
from tests.build.yaml.files import FILE, build, problems

BOTH_PARSERS = pytest.mark.parametrize("loader", [syntax._LOADER, yaml.SafeLoader], ids=["first", "python"])


@BOTH_PARSERS
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1: the file is empty: it must begin with version: 2.0"),
        ("# nothing\n", "1:1: the file is empty: it must begin with version: 2.0"),
        ("a: 1\n\tb: 2\n", "2:1: a tab cannot stand here: indent with spaces"),
        ("a: @b\n", "1:4: '@' cannot begin a text: put the text in quotes"),
        (
            "a: b: c\n",
            "1:5: a colon with a space behind it cannot stand here: check the indentation, or put the text in quotes",
        ),
        ("a: [1, 2\nb: 1\n", "2:2: expected a comma, or the bracket that closes the list or mapping"),
        (
            "- a\nb: c\n",
            "2:1: this does not go on with what stands above it: check the indentation",
        ),
        (
            "a:\n  - b\n c: d\n",
            "3:2: this does not go on with what stands above it: check the indentation",
        ),
        ('a: "b\n', "2:1: the file ends within a text: a quotation mark is missing"),
        ("a: 1\n---\nb: 2\n", "2:1: a file has one document: remove the line --- and what follows"),
        ("a: &x 1\n", "1:4: anchors (&x) are not supported: remove it"),
        ("a: *x\n", "1:4: aliases (*x) are not supported: write the value out"),
        ("a: !!python/name:os.system x\n", "1:4: tags (tag:yaml.org,2002:python/name:os.system) are not "),
        ("<<: {}\n", "1:1: merge keys (<<) are not supported: write the entries out"),
        ("a: 1\nb: 2\na: 3\n", "3:1: 'a' is given twice, first in line 1"),
        ("? [a]\n: b\n", "1:3: a key must be a text"),
        ("~: b\n", "1:1: a key must be a text"),
        ("env:\n  type:docker\n  arch: X86\n", "2:8: a space is missing behind type:"),
    ],
)  # fmt: skip
def test_what_is_no_plain_yaml_is_refused_at_its_place(
    text: str, expected: str, loader: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syntax, "_LOADER", loader)
    assert problems(text)[0].startswith(expected)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"version: 2.0\nname: \xff\n", "2:7: the file must be UTF-8, and this byte is not"),
        ("a: 1".encode("utf-16"), "1:1: the file must be UTF-8, and this byte is not"),
        (b"version: 2.0\r\na: b\x00\n", "2:5: the character U+0000 cannot stand in YAML"),
        (b"a: '\x1b[1m'\n", "1:5: the character U+001B cannot stand in YAML"),
        (b"#" * (256 * 1024 + 1), "1:1: the file has 262145 bytes, 262144 are allowed"),
        (b"[" * 5000, "1:21: the file is nested more than 20 levels deep"),
        (b"{a: " * 5000, "1:81: the file is nested more than 20 levels deep"),
        (b"[" + b"1," * 20_000 + b"]", "1:40000: the file has more than 20000 keys and values"),
    ],
)
def test_what_could_hurt_is_refused_early(content: bytes, expected: str) -> None:
    assert problems(content) == [expected]


def test_a_bomb_of_aliases_is_no_bomb() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 30)]
    found = problems("\n".join(lines))
    assert len(found) == 20
    assert found[0] == "1:5: anchors (&a0) are not supported: remove it"


def test_a_byte_order_mark_and_windows_lines_are_taken() -> None:
    read(b"\xef\xbb\xbf" + build().replace("\n", "\r\n").encode(), FILE)


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_read_or_refused(content: bytes) -> None:
    _read_or_refuse(content)


WORDS = """version: 2.0|steps:|  BUILD:|    - sh:|        inputs:|          command: x|- |  |[|{|]|}|: |&a |*a
|!!x |'|"|${p}|buildflow:|jobs:|env:|\t|? """
PIECES = st.sampled_from([*WORDS.split("|"), "|"])


@given(st.lists(PIECES, max_size=25).map("".join), st.dictionaries(st.just("p"), st.text(max_size=3)))
def test_anything_like_a_file_is_read_or_refused(text: str, values: dict[str, str]) -> None:
    _read_or_refuse(text.encode(), values)


def _read_or_refuse(content: bytes, values: dict[str, str] | None = None) -> None:
    try:
        read(content, FILE).plan(values or {})
    except BuildFileError as error:
        places = [(problem.line, problem.column) for problem in error.problems]
        assert 1 <= len(places) <= 20
        assert places == sorted(places)
        assert min(min(place) for place in places) >= 1
