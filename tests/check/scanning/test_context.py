import re
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bottega.check.languages import LANGUAGES
from bottega.check.scanning.context import contexts, line_contexts, squeeze
from bottega.check.scanning.parsing import parse

# What is asked about stands after «, which is not part of the code; what is expected follows.
SAMPLES = {
    ("a.py", "PYTHON"): (
        """\
        @cached
        class Shop(Base):
            def sell(self, x):
                if x:
                    «total = add(x, 1)
                «elif (y):
                    pass
        """,
        [("Shop.sell", "total=addx1"), ("Shop.sell", "elify:")],
    ),
    ("a.js", "JAVASCRIPT"): (
        """\
        const sell = async (x) => {
          switch (x) { case 1: «run(x); break; }
        };
        module.exports.h = function () { «return 1; };
        class Shop { buy() { try { a(); } «catch (e) { b(); } } }
        """,
        [("sell", "runx"), ("module.exports.h", "return1"), ("Shop.buy", "catche")],
    ),
    ("a.ts", "TYPESCRIPT"): (
        "namespace N { export class C<T> { m(): void { «this.x = 2; } } }",
        [("N.C.m", "this.x=2")],
    ),
    ("a.tsx", "TYPESCRIPT"): (
        "const A = () => <div onClick={() => { «go(); }}>x</div>;",
        [("A", "go")],
    ),
    ("a.vue", "TYPESCRIPT"): (
        """\
        <template><b>{{ x }}</b></template>
        <script lang="ts">
        function go(): void {
          «let x: number = 1
        }
        </script>
        """,
        [("go", "letx:number=1")],
    ),
    ("A.java", "JAVA"): (
        "class A { @Override public void m(int i) { if (i > 0) { «x(); } } «int y = 2; }",
        [("A.m", "x"), ("A", "inty=2")],
    ),
    ("a.c", "C++"): (
        "static int *f(int x) { for (;;) { «g(); } switch (x) { «case 1: a(); } }",
        [("f", "g"), ("f", "case1:")],
    ),
    ("a.cc", "C++"): (
        "namespace N { template<class T> T C::f(T a) { «return a; } }",
        [("N.C::f", "returna")],
    ),
    ("a.go", "GO"): (
        "package p\nfunc (t *T) M(x int) int { if x > 0 { «a() }; return 1 }\n",
        [("T.M", "a")],
    ),
    ("a.cs", "C#"): (
        "namespace N { class C { int P { get { «return 1; } } void M() { «foreach (var i in y) { } } } }",
        [("N.C.P", "return1"), ("N.C.M", "foreachvariiny")],
    ),
    ("a.php", "PHP"): (
        "<?php\nclass C { function m($x) { if ($x) { a(); } «elseif ($y) { b(); } } }",
        [("C.m", "elseif$y")],
    ),
    ("a.rs", "RUST"): (
        "impl T for S { fn f(&self) { match x { «1 => c(), _ => { «d(); } } } }",
        [("S.f", "1=>c"), ("S.f", "d")],
    ),
    ("a.kt", "KOTLIN"): (
        "class A {\n  fun m(i: Int) {\n    «val x = 1\n  }\n}\n",
        [("A.m", "valx=1")],
    ),
    ("a.scala", "SCALA"): (
        "object O { def m(i: Int): Int = { «val y = 1\n y } }",
        [("O.m", "valy=1")],
    ),
    ("a.lua", "LUA"): ("function M.n(x)\n  if x then «a() end\nend\n", [("M.n", "a")]),
    ("a.sh", "SHELL"): ("f() {\n  if [ x ]; then\n    «rm -rf x\n  fi\n}\n", [("f", "rm-rfx")]),
    ("a.sql", "SQL"): ("SELECT a «FROM t;\nUPDATE t SET a = 1;\n", [("", "FROMt")]),
    ("a.css", "CSS"): ("@media screen { .a, .b { «color: red; } }", [("@mediascreen..a.b", "color:red")]),
    ("a.scss", "CSS"): (".a { .b { «color: $x; } }", [(".a..b", "color:$x")]),
    ("a.html", "HTML"): ("<body>\n<p>\n«<img src=a>\n</p></body>", [("", "<imgsrc=a>")]),
    ("a.yml", "YAML"): ("a:\n  b:\n    - c: 1\n      «d: 2\n", [("a.b", "d:2")]),
    ("Dockerfile", "DOCKERFILE"): ("FROM a\n«RUN x && \\\n  y\n", [("", "RUNx&&y")]),
    ("a.tf", "TERRAFORM"): (
        'resource "aws" "n" {\n  b {\n    «c = 1\n  }\n}\n',
        [('resource"aws""n"{.b{', "c=1")],
    ),
    ("a.ets", "ARKTS"): ("function f(): void { «let x = 1 }", [("f", "letx=1")]),
}


def places(marked: str) -> tuple[bytes, list[tuple[int, int]]]:
    found: list[tuple[int, int]] = []
    lines: list[str] = []
    for number, line in enumerate(marked.split("\n"), 1):
        clean = ""
        for piece in re.split("(«)", line):
            if piece == "«":
                found.append((number, len(clean) + 1))
            else:
                clean += piece
        lines.append(clean)
    return "\n".join(lines).encode(), found


@pytest.mark.parametrize(("path", "language"), SAMPLES)
def test_scope_and_statement_of_every_language(path: str, language: str) -> None:
    marked, expected = SAMPLES[path, language]
    data, wanted = places(dedent(marked))
    parsed = parse(path, (language,), data)
    assert parsed is not None
    assert contexts(parsed, wanted) == expected


def test_every_language_has_a_grammar_or_is_known_to_have_none() -> None:
    without = {name for name in LANGUAGES if parse("x", (name,), b"") is None}
    assert without == {"CANGJIE"}


@pytest.mark.parametrize(
    "other",
    [
        "def f(a, b):\n    return call(\n        a,\n        b,\n    )\n",
        "\n\n\ndef f(a, b):\n        return call( a,b )\n",
        "def f(a, b):\r\n    return call(a, \\\r\n      b);\r\n",
    ],
)
def test_reformatting_changes_neither_scope_nor_statement(other: str) -> None:
    row = next(number for number, line in enumerate(other.split("\n"), 1) if "return" in line)
    parsed = parse("a.py", ("PYTHON",), other.encode())
    assert parsed is not None
    assert contexts(parsed, [(row, 0)]) == [("f", "returncallab")]


def test_columns_count_characters() -> None:
    parsed = parse("a.js", ("JAVASCRIPT",), "let ä = 'ööö'; let y = 1;".encode())
    assert parsed is not None
    assert contexts(parsed, [(1, 16), (1, 1)]) == [("", "lety=1"), ("", "letä='ööö'")]


def test_a_place_outside_of_the_file_has_neither() -> None:
    parsed = parse("a.py", ("PYTHON",), b"x = 1\n")
    assert parsed is not None
    assert contexts(parsed, [(0, 0), (99, 1)]) == [("", ""), ("", "")]


def test_without_a_grammar_the_line_is_the_statement() -> None:
    assert line_contexts(b"a\n\n  func main() {\n", [(3, 1), (2, 1)]) == [
        ("", "funcmain{"),
        ("", "funcmain{"),
    ]


@given(st.sampled_from(sorted(SAMPLES)), st.binary(max_size=60), st.integers(0, 400), st.data())
def test_whatever_is_written_into_a_file_every_place_has_a_context(
    sample: tuple[str, str], noise: bytes, at: int, data: st.DataObject
) -> None:
    source, _ = places(dedent(SAMPLES[sample][0]))
    broken = (source[:at] + noise + source[at:]).decode("utf-8", "replace").encode()
    parsed = parse(sample[0], (sample[1],), broken)
    assert parsed is not None
    spots = data.draw(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 90)), min_size=1, max_size=6))
    for scope, statement in contexts(parsed, spots):
        assert len(scope) <= 400
        assert statement == squeeze(statement)
