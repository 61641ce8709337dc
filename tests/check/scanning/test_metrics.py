from textwrap import dedent

import pytest

from bottega.check.scanning.metrics import measure

BRANCHING = {
    # Complexity, the same with a switch counting as one, functions, nesting.
    ("a.py", "PYTHON", 8, 7, 1, 2): """\
        def f(x):
            if x:
                for y in x:
                    pass
            elif z:
                pass
            match x:
                case 1:
                    pass
                case 2:
                    pass
            try:
                a()
            except E:
                b()
            return 1 if x else 2
        """,
    ("a.js", "JAVASCRIPT", 7, 5, 2, 1): """\
        function f(x) {
          if (x) { a(); } else { b(); }
          switch (x) { case 1: a(); break; case 2: b(); break; case 3: c(); break; default: d(); }
          return x ? 1 : 2;
        }
        const g = () => 1;
        """,
    ("A.java", "JAVA", 5, 4, 1, 2): """\
        class A {
          abstract void n();
          void f(int x) { while (x > 0) { if (x == 1) { a(); } } switch (x) { case 1: b(); case 2: c(); } }
        }
        """,
    ("a.c", "C++", 5, 4, 1, 1): """\
        int declared(int x);
        int f(int x) { for (;;) { g(); } switch (x) { case 1: a(); case 2: b(); default: c(); } return x ? 1 : 2; }
        """,
    ("a.go", "GO", 5, 4, 2, 1): """\
        package p
        func f(x int) { if x > 0 { a() }; switch x { case 1: b()
        case 2: c() } }
        func g() {}
        """,
}


@pytest.mark.parametrize(("path", "language", "complexity", "cca", "functions", "depth"), BRANCHING)
def test_complexity_counts_branches_and_cases(
    path: str, language: str, complexity: int, cca: int, functions: int, depth: int
) -> None:
    source = BRANCHING[path, language, complexity, cca, functions, depth]
    found = measure(path, (language,), dedent(source).encode())
    assert (found.complexity, found.cca, found.functions, found.highest_depth) == (
        complexity,
        cca,
        functions,
        depth,
    )


def test_comments_that_say_nothing_do_not_count() -> None:
    source = "/* a\n * word\n *\n */\nint x; // with code\n\n// ----\n// said\n"
    found = measure("a.c", ("C++",), source.encode())
    assert (found.lines, found.code, found.comments) == (8, 1, 3)


def test_code_that_was_commented_out_is_told_from_words() -> None:
    source = """\
    # This says what the next line does, in words; nothing else (really).
    # old = compute(1)
    # if old:
    #     print(old)

    x = 1

    # Only words here.
    # y = z
    """
    found = measure("a.py", ("PYTHON",), dedent(source).split("\n", 1)[1].encode())
    assert found.dead_blocks == 1


def test_unsafe_calls_in_comments_do_not_count() -> None:
    source = "void f(char *a) { strcpy(a, b); /* gets(a) */ snprintf(a, 1, b); my_gets(a); }\n"
    assert measure("a.c", ("C++",), source.encode()).unsafe_calls == 1


def test_suppressions_of_many_tools_count() -> None:
    source = "import a  # noqa\nb = 1  # type: ignore\nc = 2  # nosec\nd = 'noqatest'\n"
    assert measure("a.py", ("PYTHON",), source.encode()).suppressions == 3


def test_functions_above_the_thresholds_are_counted() -> None:
    branches = "".join(f"    if x == {number}:\n        pass\n" for number in range(45))
    found = measure("a.py", ("PYTHON",), f"def f(x):\n{branches}".encode())
    assert (found.highest_complexity, found.complex_functions, found.long_functions) == (46, 1, 1)


def test_a_language_without_grammar_has_lines_only() -> None:
    found = measure("a.cj", ("CANGJIE",), b"main() {\n\n}\n")
    assert (found.lines, found.code, found.functions) == (3, 2, 0)
