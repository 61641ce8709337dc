"""What an engine reads beside the files it is given, by which results are kept or not."""

import os
from pathlib import Path

import pytest

from bottega.check.engines import ENGINES
from tests.check.scanning.folders import write

NODE = {"import.namespace": {}}


def changed(engine: str, folder: Path, rules: dict[str, dict[str, str]], change: dict[str, str]) -> set[str]:
    """The files whose results are not kept when other files change."""
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.*") if path.is_file())
    known = ENGINES[engine]
    before = known.surroundings(folder, names, rules)
    write(folder, change)
    after = known.surroundings(folder, names, rules)
    return {name for name in names if before[name] != after[name]} - change.keys()


def test_headers_count_for_all_that_include_them_also_by_way_of_others(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a.c": '#include "in/a.h"\n',
            "in/a.h": '#  include "../b.h"\n#include <c.h>\n',
            "b.h": '#include "in/a.h"\n#include "none.h"\n',
            "c.h": "",
            "d.c": '#include "../outside.h"\n#include <b.h>\n',
        },
    )
    assert changed("cppcheck", tmp_path, {}, {"b.h": "#define N 1\n"}) == {"a.c", "in/a.h"}
    assert changed("cppcheck", tmp_path, {}, {"c.h": "#define N 1\n"}) == set()


def test_a_header_that_appears_counts(tmp_path: Path) -> None:
    write(tmp_path, {"a.c": '#include "none.h"\n', "b.c": ""})
    assert changed("cppcheck", tmp_path, {}, {"none.h": "#define N 1\n"}) == {"a.c"}


@pytest.mark.parametrize("name", ["./b", "./b.js", "./b.ts", "../src/b", "./part/../b"])
def test_modules_count_for_those_that_import_them(tmp_path: Path, name: str) -> None:
    write(
        tmp_path,
        {"src/a.ts": f"import * as b from '{name}';\nb.x();\n", "src/b.ts": "", "src/c.ts": "import 'b';\n"},
    )
    assert changed("oxlint", tmp_path, NODE, {"src/b.ts": "export const x = 1;\n"}) == {"src/a.ts"}


def test_modules_do_not_count_where_no_rule_looks_at_imports(tmp_path: Path) -> None:
    write(tmp_path, {"a.ts": "import './b';\n", "b.ts": ""})
    assert ENGINES["oxlint"].surroundings(tmp_path, ["a.ts"], {"eslint.no-eval"}) == {}


def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, {"a.c": '#include "pipe.h"\n#include "folder"\n', "folder/b.h": ""})
    os.mkfifo(tmp_path / "pipe.h")
    assert ENGINES["cppcheck"].surroundings(tmp_path, ["a.c"], ()).keys() == {"a.c"}
