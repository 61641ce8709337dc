"""A file that is not in UTF-8 is looked at, or named as unread: it is never called clean."""

from pathlib import Path

import pytest

from tests.check.engines.working import analyse

COFFEE = b"caf\xe9"
FILES = {
    "astgrep": ("a.rs", b"// " + COFFEE + b"\nfn main() { a.unwrap(); }\n"),
    "cppcheck": ("a.c", b"/* " + COFFEE + b" */\nint main(void) { int *p = 0; return *p; }\n"),
    "hadolint": ("Dockerfile", b"# " + COFFEE + b"\nFROM debian\n"),
    "oxlint": ("a.js", b"// " + COFFEE + b"\ndebugger;\n"),
    "ruff": ("a.py", b"# " + COFFEE + b"\nimport os\n"),
    "secrets": ("a.txt", COFFEE + b"\nkey = AKIAIOSFODNN7EXAMPLF\n"),
    "shellcheck": ("a.sh", b"#!/bin/sh\n# " + COFFEE + b"\nrm $1\n"),
    "yamllint": ("a.yml", b"# " + COFFEE + b"\na: 1\na: 2\n"),
    "zizmor": (".github/workflows/a.yml", b"# " + COFFEE + b"\non: pull_request_target\njobs: {}\n"),
}


@pytest.mark.parametrize("engine", sorted(FILES))
def test_a_file_in_another_encoding_is_not_called_clean(tmp_path: Path, engine: str) -> None:
    name, text = FILES[engine]
    analysis = analyse(engine, tmp_path, {name: text})
    assert analysis.findings or name in analysis.unread


@pytest.mark.parametrize(
    ("engine", "rules"), [("ruff", {"F401": {}}), ("oxlint", {"eslint.no-debugger": {}})]
)
def test_it_stands_in_the_way_of_no_other_file(
    tmp_path: Path, engine: str, rules: dict[str, dict[str, str]]
) -> None:
    name, text = FILES[engine]
    suffix = name.partition(".")[2]
    others = {f"{stem}.{suffix}": text.replace(COFFEE, b"coffee") for stem in ("0", "z")}
    analysis = analyse(engine, tmp_path, {**others, name: text}, rules=rules)
    assert {one.path for one in analysis.findings} == others.keys()
    assert list(analysis.unread) == [name]
    assert "UTF-8" in analysis.unread[name]
