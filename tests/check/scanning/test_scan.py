import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from bottega.check.equivalence import places_of
from bottega.check.findings import Finding, RawFinding
from bottega.check.scanning.plan import Limits
from bottega.check.scanning.scan import UNCHANGED
from tests.check.scanning.folders import CODE, Marker, choice, scanned, write
from tests.support.repositories import Repository


def the(findings: list[Finding]) -> Finding:
    assert len(findings) == 1
    return findings[0]


def test_ruff_finds_what_is_wrong_and_the_finding_says_where_in_the_code_it_is(tmp_path: Path) -> None:
    write(
        tmp_path, {"app/main.py": "class Shop:\n    def sell(self):\n        import os\n        return 1\n"}
    )
    lines: list[str] = []
    result = scanned(tmp_path, choice("ruff", "F401"), progress=lines.append)
    found = the(result.findings)
    assert (found.rule, found.path, found.line, found.severity) == ("ruff:F401", "app/main.py", 3, 1)
    assert (found.scope, found.statement) == ("Shop.sell", "importos")
    assert found.fragment[0] == (1, "class Shop:")
    assert found.line_hash
    assert found.language == "PYTHON"
    file = result.files[0]
    assert (file.engines, file.unread, file.skipped, len(file.line_hashes)) == (("ruff",), {}, "", 32)
    assert file.metrics is not None
    assert (file.metrics.code, file.metrics.functions) == (4, 1)
    assert result.engines[0].state == "done"
    assert any(line.startswith("ruff ") and "1 files, 1 findings" in line for line in lines)


def test_a_file_that_cannot_be_parsed_is_named_as_unread(tmp_path: Path) -> None:
    write(tmp_path, {"good.py": "import os\n", "broken.py": "def (:\n"})
    result = scanned(tmp_path, choice("ruff", "F401"))
    broken = next(file for file in result.files if file.path == "broken.py")
    assert broken.engines == ()
    assert "line 1" in broken.unread["ruff"]
    assert (result.engines[0].state, result.engines[0].analysed) == ("partly", 1)


def test_an_engine_that_is_missing_is_told_with_the_way_to_get_it(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "bad\n"})
    engine = Marker()
    engine.missing = "marker is not installed; get it with: buy one"
    lines: list[str] = []
    result = scanned(tmp_path, choice("marker", CODE), engines=[engine], progress=lines.append)
    assert result.engines[0].state == "missing"
    assert "buy one" in result.engines[0].reason
    assert result.files[0].engines == ()
    assert "missing" in result.files[0].unread["marker"]
    assert any("1 files were not looked at" in line for line in lines)


def test_an_engine_whose_rules_the_server_does_not_know_has_looked_at_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "bad\n", "a.c": "bad\n"})
    result = scanned(tmp_path, choice("marker"), choice("marker", language="C++"), engines=[Marker()])
    assert (result.engines[0].state, result.engines[0].analysed) == ("missing", 0)
    assert all(file.engines == () and "known to the server" in file.unread["marker"] for file in result.files)
    result = scanned(tmp_path, choice("marker", CODE), choice("marker", language="C++"), engines=[Marker()])
    assert {file.path: file.engines for file in result.files} == {"a.c": (), "a.py": ("marker",)}
    assert result.engines[0].state == "partly"


def test_an_engine_we_do_not_know_is_missing_too(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "bad\n"})
    result = scanned(tmp_path, choice("nobody", "X1"))
    assert [(report.engine, report.state) for report in result.engines] == [("nobody", "missing")]


def test_a_file_that_breaks_an_engine_costs_only_itself(tmp_path: Path) -> None:
    write(tmp_path, {f"f{number}.py": "bad\n" for number in range(9)} | {"poison.py": "bad\n"})
    engine = Marker()
    engine.poison = "poison"
    result = scanned(tmp_path, choice("marker", CODE), engines=[engine])
    assert len(result.findings) == 9
    assert result.engines[0].state == "partly"
    poison = next(file for file in result.files if file.path == "poison.py")
    assert poison.unread == {"marker": "it crashed"}


def test_an_engine_that_always_breaks_is_given_up_soon(tmp_path: Path) -> None:
    write(tmp_path, {f"f{number:03}.py": "bad\n" for number in range(300)})
    engine = Marker()
    engine.poison = ".py"
    result = scanned(tmp_path, choice("marker", CODE), engines=[engine])
    assert (result.engines[0].state, result.engines[0].reason) == ("failed", "it crashed")
    assert len(engine.asked) < 20


def test_rules_of_an_engine_that_its_catalogue_does_not_know_are_kept_and_those_switched_off_are_not(
    tmp_path: Path,
) -> None:
    write(tmp_path, {"a.py": "bad\n"})

    class Loud(Marker):
        def analyse(self, job):
            analysis = super().analyse(job)
            first = analysis.findings[0]
            for code in ("OFF", "NEWER/RULE"):
                analysis.findings.append(type(first)(code=code, path="a.py", message=code, line=1))
            return analysis

    result = scanned(tmp_path, choice("marker", CODE), engines=[Loud()])
    assert [(found.rule, found.severity) for found in result.findings] == [
        ("marker:NEWER.RULE", 2),
        ("marker:MARK", 1),
    ]


def test_the_second_scan_asks_engines_only_for_what_changed(tmp_path: Path) -> None:
    folder = write(tmp_path / "code", {"a.py": "bad = 1\n", "b.py": "bad = 2\n", "c.py": "bad = 3\n"})
    cache, engine = tmp_path / "cache", Marker()
    first = scanned(folder, choice("marker", CODE), engines=[engine], cache=cache)
    engine.asked.clear()
    write(folder, {"b.py": "x = 1\nbad = 2\n"})
    second = scanned(folder, choice("marker", CODE, severity=0), engines=[engine], cache=cache)
    assert engine.asked == [["b.py"]]
    assert second.engines[0].from_cache == 2
    assert [(found.path, found.line, found.severity) for found in second.findings] == [
        ("a.py", 1, 0),
        ("b.py", 2, 0),
        ("c.py", 1, 0),
    ]
    assert second.findings[0].fragment == first.findings[0].fragment
    assert second.findings[0].line_hash == first.findings[0].line_hash
    assert [file.line_hashes for file in second.files][::2] == [file.line_hashes for file in first.files][::2]


@pytest.mark.parametrize("change", ["version", "options", "name"])
def test_results_of_another_version_other_options_or_another_name_are_not_used(
    tmp_path: Path, change: str
) -> None:
    folder = write(tmp_path / "code", {"a.py": "bad = 1\n"})
    cache, engine = tmp_path / "cache", Marker()
    scanned(folder, choice("marker", CODE), engines=[engine], cache=cache)
    engine.asked.clear()
    changed = choice("marker", CODE)
    if change == "version":
        engine.version = "2.0"
    elif change == "options":
        changed = choice("marker", CODE, threshold="3")
    else:
        (folder / "a.py").rename(folder / "b.py")
    scanned(folder, changed, engines=[engine], cache=cache)
    assert len(engine.asked) == 1


def test_an_engine_that_looks_at_all_files_together_is_asked_again_when_one_of_them_changed(
    tmp_path: Path,
) -> None:
    folder = write(tmp_path / "code", {"a.py": "bad = 1\n", "b.py": "bad = 2\n"})
    cache, engine = tmp_path / "cache", Marker()
    engine.whole_project = True
    scanned(folder, choice("marker", CODE), engines=[engine], cache=cache)
    again = scanned(folder, choice("marker", CODE), engines=[engine], cache=cache)
    assert engine.asked == [["a.py", "b.py"]]
    assert [found.statement for found in again.findings] == ["bad=1", "bad=2"]
    write(folder, {"b.py": "bad = 3\n"})
    scanned(folder, choice("marker", CODE), engines=[engine], cache=cache)
    assert engine.asked == [["a.py", "b.py"]] * 2


def test_a_file_is_looked_at_again_when_a_header_of_it_has_changed(tmp_path: Path) -> None:
    code = '#include "n.h"\nint b[N];\nvoid f(void) { b[6] = 1; }\n'
    folder = write(tmp_path / "code", {"a.c": code, "n.h": "#define N 10\n"})
    wanted, cache = choice("cppcheck", "arrayIndexOutOfBounds", language="C++"), tmp_path / "cache"
    assert scanned(folder, wanted, cache=cache).findings == []
    write(folder, {"n.h": "#define N 5\n"})
    assert [found.path for found in scanned(folder, wanted, cache=cache).findings] == ["a.c"]


def test_files_that_are_looked_at_together_for_different_rules_are_known_each_for_themselves(
    tmp_path: Path,
) -> None:
    folder = write(tmp_path / "code", {"a.py": "bad = 1\n", "b.c": "int bad;\n", "c.py": "bad = 2\n"})
    cache, engine = tmp_path / "cache", Marker()
    engine.whole_project = True
    choices = [choice("marker", CODE), choice("marker", CODE, language="C++", threshold="3")]
    first = scanned(folder, *choices, engines=[engine], cache=cache)
    assert sorted(engine.asked) == [["a.py", "c.py"], ["b.c"]]
    again = scanned(folder, *choices, engines=[engine], cache=cache)
    assert len(engine.asked) == 2
    assert again.findings == first.findings
    write(folder, {"b.c": "int x; int bad;\n"})
    changed = scanned(folder, *choices, engines=[engine], cache=cache)
    assert engine.asked[2:] == [["b.c"]]
    assert [found.statement for found in changed.findings] == ["bad=1", "intbad", "bad=2"]


def test_findings_have_their_statement_also_where_the_engine_breaks_on_other_files(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "bad = 1\n", "poison.py": "bad = 2\n"})
    engine = Marker()
    engine.whole_project, engine.poison = True, "poison"
    result = scanned(tmp_path, choice("marker", CODE), engines=[engine])
    assert the(result.findings).statement == "bad=1"


def test_where_the_folder_has_a_say_no_engine_is_asked_from_the_cache(tmp_path: Path) -> None:
    folder = write(tmp_path / "code", {"a.py": "bad = 1\n"})
    engine = Marker()
    for _ in range(2):
        result = scanned(
            folder, choice("marker", CODE), engines=[engine], cache=tmp_path / "cache", own_config=True
        )
        assert the(result.findings).statement == "bad=1"
    assert engine.asked == [["a.py"]] * 2


@pytest.mark.parametrize("damage", [b"no database at all" * 100, b"", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_cache_that_is_damaged_is_no_cache(tmp_path: Path, damage: bytes) -> None:
    folder = write(tmp_path / "code", {"a.py": "bad = 1\n"})
    cache = tmp_path / "cache"
    cache.write_bytes(damage)
    first = scanned(folder, choice("marker", CODE), engines=[Marker()], cache=cache)
    result = scanned(folder, choice("marker", CODE), engines=[Marker()], cache=cache)
    assert first.findings == result.findings
    assert result.engines[0].from_cache == 1


def test_only_chosen_files_are_analysed_and_the_others_say_why(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "bad\n", "b.py": "bad\n"})
    result = scanned(tmp_path, choice("marker", CODE), engines=[Marker()], only=["b.py"])
    assert not result.whole
    assert result.complete
    assert [found.path for found in result.findings] == ["b.py"]
    assert [file.skipped for file in result.files] == [UNCHANGED, ""]


def test_a_scan_since_a_commit_looks_at_what_changed_and_knows_who_did_it(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    before = repository.commit(old__py="bad\n", new__py="x = 1\n")
    after = repository.commit(new__py="x = 1\nbad\n")
    write(repository.path, {"untracked.py": "bad\n"})
    result = scanned(repository.path, choice("marker", CODE), engines=[Marker()], since=before, blame=True)
    assert result.commit == after
    assert [found.path for found in result.findings] == ["new.py", "untracked.py"]
    assert result.findings[0].author
    assert "@" in result.findings[0].author_email
    assert result.findings[0].changed_at > 0
    assert result.findings[1].author == ""


def test_authors_of_what_has_not_changed_are_not_asked_for_again(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    repository.commit(a__py="bad\n", b__py="bad\n")
    wanted, cache = choice("marker", CODE), tmp_path / "cache"
    first = scanned(repository.path, wanted, engines=[Marker()], cache=cache, blame=True)
    (repository.path / ".git").rename(tmp_path / "elsewhere")
    write(repository.path, {"b.py": "bad, changed\n"})
    second = scanned(repository.path, wanted, engines=[Marker()], cache=cache, blame=True)
    assert second.findings[0] == first.findings[0]
    assert [bool(found.author) for found in second.findings] == [True, False]


def test_a_finding_after_the_end_of_a_file_does_not_hide_the_authors_of_others(tmp_path: Path) -> None:
    class Beyond(Marker):
        def analyse(self, job):
            analysis = super().analyse(job)
            analysis.findings.append(RawFinding(code=CODE, path="a.py", message="no end", line=2))
            return analysis

    repository = Repository(tmp_path / "repository")
    repository.commit(a__py="bad\n")
    result = scanned(repository.path, choice("marker", CODE), engines=[Beyond()], blame=True)
    assert [(found.line, bool(found.author)) for found in result.findings] == [(1, True), (2, False)]


def test_a_commit_that_is_not_there_means_all_files_and_is_told(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    repository.commit(old__py="bad\n")
    result = scanned(repository.path, choice("marker", CODE), engines=[Marker()], since="f" * 40)
    assert result.whole
    assert len(result.findings) == 1
    assert any("what changed is not known" in sentence for sentence in result.notes)


def test_links_binaries_and_generated_files_are_survived_and_told(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", {"secret.py": "bad\n"})
    folder = write(
        tmp_path / "code",
        {
            "ok.py": "bad\n",
            "binary.py": b"bad\0\0",
            "minified.py": "bad = '" + "x" * 30_000 + "'\n",
            "large.py": "bad\n" * 2_000_000,
            "latin.py": "bad = 'caf\xe9'\n".encode("latin-1"),
            "name with\nline.py": "bad\n",
            "notes.txt": "bad\n",
            ".git/hooks/x.py": "bad\n",
        },
    )
    (folder / "link.py").symlink_to(outside / "secret.py")
    (folder / "linked").symlink_to(outside)
    os.mkfifo(folder / "pipe.py")
    (folder / os.fsdecode(b"caf\xe9.py")).write_text("bad\n")
    result = scanned(folder, choice("marker", CODE), engines=[Marker()])
    assert sorted(found.path for found in result.findings) == [
        "caf\\xe9.py",
        "latin.py",
        "name with\nline.py",
        "ok.py",
    ]
    skipped = {file.path: file.skipped for file in result.files if file.skipped}
    assert skipped.keys() == {"binary.py", "minified.py", "large.py"}
    assert "binary" in skipped["binary.py"]
    assert "30008 bytes" in skipped["minified.py"]
    assert "larger than" in skipped["large.py"]
    assert result.others == 1
    told = "\n".join(result.notes)
    assert "3 links and special files" in told
    assert "latin-1" in told
    assert "no UTF-8" in told


def test_findings_in_a_file_whose_name_is_no_text_are_not_lost(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"n\xff.py")).write_text("import os\n")
    result = scanned(tmp_path, choice("ruff", "F401"))
    assert the(result.findings).path == "n\\xff.py"
    assert result.engines[0].notes == ()


def test_a_generated_file_of_twenty_thousand_lines_is_scanned(tmp_path: Path) -> None:
    write(tmp_path, {"big.py": "".join(f"value_{number} = {number}\n" for number in range(20_000)) + "bad\n"})
    result = scanned(tmp_path, choice("marker", CODE), engines=[Marker()])
    assert (result.findings[0].line, result.findings[0].statement) == (20_001, "bad")


def test_limits_hold_and_say_so(tmp_path: Path) -> None:
    write(tmp_path, {f"f{number}.py": "bad\nbad\n" for number in range(5)})
    limits = Limits(files=3, findings=4)
    result = scanned(tmp_path, choice("marker", CODE), engines=[Marker()], limits=limits)
    assert len(result.files) == 3
    assert len(result.findings) == 4
    assert any("more than 3 files" in sentence for sentence in result.limits)
    assert any("marker:MARK (6)" in sentence for sentence in result.limits)


def test_folders_are_included_and_ignored_by_name_and_by_wildcard(tmp_path: Path) -> None:
    write(
        tmp_path, {f"{name}.py": "bad\n" for name in ("src/a", "src/gen/b", "src/c_pb2", "lib/d", "srcs/e")}
    )
    result = scanned(
        tmp_path,
        choice("marker", CODE),
        engines=[Marker()],
        include=["src/", "lib"],
        ignore=["/src/gen", "*_pb2.py"],
    )
    assert [found.path for found in result.findings] == ["lib/d.py", "src/a.py"]


def test_brackets_and_stars_in_names_are_themselves(tmp_path: Path) -> None:
    names = ("app/[id]/a", "app/i/a", "app/[id]/[slug]", "app/[id]/s", "a*b", "acb")
    write(tmp_path, {f"{name}.py": "bad\n" for name in names})

    def looked_at(include: Sequence[str] = (), ignore: Sequence[str] = ()) -> list[str]:
        marked = choice("marker", CODE)
        result = scanned(tmp_path, marked, engines=[Marker()], include=[*include], ignore=[*ignore])
        return sorted(found.path.removesuffix(".py") for found in result.findings)

    assert looked_at(include=["app/[id]"]) == ["app/[id]/[slug]", "app/[id]/a", "app/[id]/s"]
    assert looked_at(ignore=["app/[id]/[slug].py", "app/i"]) == ["a*b", "acb", "app/[id]/a", "app/[id]/s"]
    assert looked_at(include=["app/[id]/*"], ignore=["app/[id]/?.py"]) == ["app/[id]/[slug]"]


def test_a_scan_that_could_not_list_all_files_says_so(tmp_path: Path) -> None:
    write(tmp_path, {f"f{number}.py": "bad\n" for number in range(5)})
    assert scanned(tmp_path, limits=Limits(files=5)).complete
    assert not scanned(tmp_path, limits=Limits(files=4)).complete


def test_equal_findings_of_one_scope_are_counted(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "def f():\n    bad()\n    bad()\ndef g():\n    bad()\n"})
    result = scanned(tmp_path, choice("marker", CODE), engines=[Marker()])
    assert [(found.scope, found.occurrence) for found in result.findings] == [("f", 0), ("f", 1), ("g", 0)]


def test_findings_of_the_same_defect_by_two_engines_are_one(tmp_path: Path) -> None:
    class Bandit(Marker):
        name = "bandit"

        def analyse(self, job):
            analysis = super().analyse(job)
            for finding in analysis.findings:
                finding.code = "B608"
            return analysis

    class Ruff(Bandit):
        name = "ruff"

        def analyse(self, job):
            analysis = super().analyse(job)
            for finding in analysis.findings:
                finding.code = "S608"
            return analysis

    write(tmp_path, {"a.py": "x = 1\nbad()\n"})
    result = scanned(
        tmp_path,
        choice("bandit", "B608", severity=0),
        choice("ruff", "S608", severity=2),
        engines=[Bandit(), Ruff()],
    )
    found = the(result.findings)
    assert (found.rule, found.also, found.severity) == ("ruff:S608", ("bandit:B608",), 0)


def test_duplicated_code_is_found_in_all_its_places(tmp_path: Path) -> None:
    body = "".join(f"    value_{number} = compute({number}, first, second, third)\n" for number in range(20))
    write(
        tmp_path,
        {f"{name}.py": f"def {name}(first, second, third):\n{body}    return {name}\n" for name in "abc"}
        | {".gitignore": "a.py\n", ".jscpd.json": '{"minLines": 5000}'},
    )
    result = scanned(tmp_path, duplicates=True)
    assert len(result.duplicates) == 1
    assert {place.path for place in result.duplicates[0].places} == {"a.py", "b.py", "c.py"}
    assert result.duplicates[0].lines >= 20
    assert all(file.metrics and file.metrics.duplicated_lines >= 20 for file in result.files)
    assert result.engines[0].engine == "jscpd"


def test_ten_equal_lines_are_a_duplicate_in_java_whatever_is_on_them(tmp_path: Path) -> None:
    lines = "".join(f"    int a{number};\n" for number in range(12))
    java = {f"{name}.java": f"class {name} {{\n{lines}}}\n" for name in ("A", "B")}
    other = {f"{name}.cs": f"class {name} {{\n{lines}}}\n" for name in ("A", "B")}
    result = scanned(write(tmp_path, java | other), duplicates=True)
    assert [{place.path for place in block.places} for block in result.duplicates] == [{"A.java", "B.java"}]
    assert result.duplicates[0].lines >= 12


def test_a_script_without_a_suffix_is_known_by_its_first_line(tmp_path: Path) -> None:
    write(tmp_path, {"tool": "#!/usr/bin/env -S python3 -u\nbad\n", "README": "bad\n"})
    result = scanned(tmp_path, choice("marker", CODE), engines=[Marker()])
    assert [(file.path, file.languages) for file in result.files] == [("tool", ("PYTHON",))]
    assert len(result.findings) == 1


def test_rules_that_end_alike_find_the_same_defect() -> None:
    assert places_of("oxlint:eslint.no-eval")[0][0] == places_of("eslint:no-eval")[0][0]
    assert places_of("oxlint:eslint.no-eval")[0][0] != places_of("eslint:no-alert")[0][0]
