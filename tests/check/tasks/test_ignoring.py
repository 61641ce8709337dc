import pytest
from hypothesis import given
from hypothesis import strategies as st

from bottega.check.tasks.ignoring import ALL, HALF, STATES, UNCHECKED, applied, level, state_of
from bottega.errors import Invalid

FILES = ["a.py", "src/b.py", "src/gen/c.py", "src/gen/d.py", "src/gen/deep/e.py", "docs/f.md"]


def states(folder: str, ignored: list[str]) -> dict[str, str]:
    return {node.path: node.state for node in level(FILES, ignored, folder)}


def test_a_folder_is_listed_with_folders_first() -> None:
    nodes = level(FILES, [], "")
    assert [(node.name, node.leaf) for node in nodes] == [("docs", False), ("src", False), ("a.py", True)]
    assert [node.path for node in level(FILES, [], "src/gen")] == [
        "src/gen/deep",
        "src/gen/c.py",
        "src/gen/d.py",
    ]


def test_what_is_ignored_shows_in_its_folder_and_in_those_above() -> None:
    ignored = applied([], [("src/gen", ALL)], FILES, "x")
    assert states("", ignored) == {"docs": UNCHECKED, "src": HALF, "a.py": UNCHECKED}
    assert states("src", ignored) == {"src/gen": ALL, "src/b.py": UNCHECKED}
    assert set(states("src/gen", ignored).values()) == {ALL}


def test_one_file_of_an_ignored_folder_can_be_looked_at_again() -> None:
    ignored = applied(["src"], [("src", HALF), ("src/gen/deep/e.py", UNCHECKED)], FILES, "x")
    assert ignored == ["src/b.py", "src/gen/c.py", "src/gen/d.py"]


def test_a_file_nobody_knows_cannot_be_taken_out_of_an_ignored_folder() -> None:
    with pytest.raises(Invalid, match="src is ignored as a whole"):
        applied(["src"], [("src/new.py", UNCHECKED)], FILES, "x")


def test_ignored_paths_are_listed_where_no_check_saw_them() -> None:
    assert states("", ["gone/x"]) | {"gone": HALF} == states("", ["gone/x"])


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*FILES, "src", "docs", "src/gen", "src/gen/deep"]), st.sampled_from(STATES)
        ),
        max_size=6,
    )
)
def test_the_last_word_on_a_path_holds(changes: list[tuple[str, str]]) -> None:
    ignored: list[str] = []
    for path, state in changes:
        before = {file: state_of(file, ignored) for file in FILES}
        ignored = applied(ignored, [(path, state)], FILES, "x")
        for file in FILES:
            inside = file == path or file.startswith(f"{path}/")
            expected = state if inside and state != HALF else before[file]
            assert state_of(file, ignored) == expected
    # No path says what another one says already.
    assert not [one for one in ignored for other in ignored if one.startswith(f"{other}/")]
