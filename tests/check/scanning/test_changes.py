"""Which lines of findings a branch has changed, by git's own account."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bottega.check.findings import Finding
from bottega.check.scanning.changes import changed_lines
from bottega.check.scanning.history import HistoryError
from tests.check.scanning.folders import Marker, choice, scanned
from tests.support.repositories import Repository

WORDS = st.lists(
    st.sampled_from(["one", "two", "@@ -1 +1 @@", "diff --git a/x b/x", "--- a", "", "-"]), max_size=12
)


def findings(path: str, count: int) -> list[Finding]:
    return [
        Finding(rule="r:1", path=path, language="PYTHON", severity=1, message="", line=line)
        for line in range(count + 1)
    ]


def changed(folder: Path, base: str, path: str, count: int = 50) -> list[int]:
    found = changed_lines(folder, base, findings(path, count))
    return [line for file in found for first, last in file.ranges for line in range(first, last + 1)]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    made = Repository(tmp_path_factory.mktemp("changes") / "repository")
    made.commit("first", other__py="other\n")
    yield made


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=WORDS, after=WORDS, last=st.sampled_from(["", "\n"]))
def test_what_is_left_without_the_changed_lines_was_there_before(
    repository: Repository, before: list[str], after: list[str], last: str
) -> None:
    base = repository.commit(a__py="\n".join(["head", *before]) + "\n", b__py=str(after))
    text = "\n".join(["head", *after]) + last
    repository.commit(a__py=text, b__py=str(before))
    lines = changed(repository.path, base, "a.py")
    # An empty line at the end that no line break ends is none.
    there = text.removesuffix("\n").split("\n")
    kept = [line for number, line in enumerate(there, 1) if number not in set(lines)]
    rest = iter(["head", *before])
    assert all(line in rest for line in kept)
    assert lines == sorted(set(lines))
    if before == after and last:
        assert lines == []


def test_renamed_files_count_with_what_was_changed_in_them(tmp_path: Path) -> None:
    text = "".join(f"line {number}\n" for number in range(30))
    made = Repository(tmp_path / "repository")
    base = made.commit("first", **{"old name__py": text, "gone__py": "x\n", "type__py": "x\n"})
    made.git("mv", "old name.py", "new\nname.py")
    made.git("rm", "--quiet", "gone.py")
    (made.path / "type.py").unlink()
    (made.path / "type.py").symlink_to("elsewhere")
    made.commit("second", **{"new\nname__py": text.replace("line 7\n", "changed\n"), "fresh__py": "a\nb\n"})
    found = changed_lines(made.path, base, [*findings("new\nname.py", 30), *findings("fresh.py", 2)])
    assert [(file.path, file.former, file.ranges) for file in found] == [
        ("fresh.py", "fresh.py", ((1, 2),)),
        ("new\nname.py", "old name.py", ((8, 8),)),
    ]
    assert changed_lines(made.path, base, findings("type.py", 3)) == []


def test_stretches_without_findings_are_not_told(repository: Repository) -> None:
    base = repository.commit(a__py="1\n2\n3\n4\n5\n")
    repository.commit(a__py="one\n2\nthree\n4\nfive\n")
    found = changed_lines(repository.path, base, findings("a.py", 3)[3:])
    assert [file.ranges for file in found] == [((3, 3),)]
    assert changed_lines(repository.path, base, findings("b.py", 3)) == []
    assert changed_lines(repository.path, base, []) == []


@pytest.mark.parametrize("base", ["--output=/tmp/x", "main", "f" * 40])
def test_what_is_no_commit_is_refused(repository: Repository, base: str) -> None:
    with pytest.raises(HistoryError):
        changed_lines(repository.path, base, findings("a.py", 3))


def test_a_scan_tells_the_changed_lines_and_does_without_where_it_cannot(tmp_path: Path) -> None:
    made = Repository(tmp_path / "repository")
    base = made.commit("first", a__py="bad = 1\ngood = 1\n")
    made.commit("second", a__py="bad = 1\nbad = 2\n")
    marker = choice("marker", "MARK")
    result = scanned(made.path, marker, engines=[Marker()], base=base)
    assert [(file.path, file.ranges) for file in result.changed] == [("a.py", ((2, 2),))]
    said: list[str] = []
    without = scanned(made.path, marker, engines=[Marker()], base="f" * 40, progress=said.append)
    assert (len(without.findings), without.changed, without.limits) == (2, [], [])
    assert any("which lines were changed is not known" in line for line in said)
