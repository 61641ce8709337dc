from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bottega.check.scanning.duplicating import _has_run
from bottega.check.scanning.plan import ScanResult
from tests.check.scanning.folders import scanned, write


def block(seed: str) -> str:
    return "".join(f"    {seed}_{number} = compute({number}, first, second, third)\n" for number in range(20))


def code(name: str, seed: str) -> str:
    return f"def {name}(first, second, third):\n{block(seed)}    return {name}\n"


def places(result: ScanResult) -> list[set[str]]:
    return sorted(({place.path for place in found.places} for found in result.duplicates), key=sorted)


def scan(folder: Path, cache: Path) -> ScanResult:
    return scanned(folder, cache=cache, duplicates=True)


def test_what_is_duplicated_stays_known_while_other_files_change(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "code",
        {"a.py": code("a", "x"), "b.py": code("b", "x"), "c.py": code("c", "y"), "d.py": code("d", "z")},
    )
    cache = tmp_path / "cache"
    assert places(scan(folder, cache)) == [{"a.py", "b.py"}]
    again = scan(folder, cache)
    assert places(again) == [{"a.py", "b.py"}]
    assert again.engines[0].from_cache == 4
    write(folder, {"e.py": code("e", "y"), "d.py": "d = 1\n"})
    third = scan(folder, cache)
    assert places(third) == [{"a.py", "b.py"}, {"c.py", "e.py"}]
    assert third.engines[0].from_cache == 2
    (folder / "b.py").unlink()
    write(folder, {"c.py": "c = 1\n"})
    assert places(scan(folder, cache)) == []


def test_a_scan_of_part_of_the_files_finds_what_a_whole_one_finds(tmp_path: Path) -> None:
    files = {f"f{number}.py": code(f"f{number}", f"s{number % 7}") for number in range(30)}
    folder = write(tmp_path / "code", files)
    cache = tmp_path / "cache"
    scan(folder, cache)
    write(folder, {"f3.py": code("f3", "s5"), "f9.py": code("f9", "new")})
    part = scan(folder, cache)
    assert part.engines[0].from_cache > 0
    whole = scan(folder, tmp_path / "other")
    pairs = [
        {
            (one.path, other.path)
            for found in result.duplicates
            for one in found.places
            for other in found.places
            if one.path < other.path
        }
        for result in (part, whole)
    ]
    assert pairs[0] == pairs[1]


def test_duplicates_are_found_wherever_the_files_are_and_whatever_they_are_called(tmp_path: Path) -> None:
    names = [".hidden.py", ".folder/a.py", "node_modules/b.py", "c -é.py", "ignored/d.py", "e.\n.py"]
    files = {name: code("same", "x") for name in names}
    folder = write(tmp_path / "code", {**files, ".gitignore": "ignored\n", ".ignore": "ignored\n"})
    assert places(scan(folder, tmp_path / "cache")) == [set(names)]


@given(lines=st.frozensets(st.integers(0, 5)), filled=st.lists(st.integers(0, 5), max_size=20))
def test_a_run_is_three_lines_of_the_set_that_follow_each_other(
    lines: frozenset[int], filled: list[int]
) -> None:
    threes = zip(filled, filled[1:], filled[2:], strict=False)
    assert _has_run(lines, filled) == any(lines.issuperset(three) for three in threes)
