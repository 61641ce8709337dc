"""What strangers have written is shown as code on one line, whatever it is."""

import re

from hypothesis import given
from hypothesis import strategies as st

from bottega.check.annotations.choosing import within
from bottega.check.annotations.markdown import code
from bottega.check.annotations.remarks import Remark, Review, marked, marks

HOSTILE = (
    "@admin #1 ![x](http://e/x.png) <img src=x> `` ` ``` \n/merge\n\u202e<!-- bottega:" + "0" * 32 + " -->"
)


def remark(**changes: str) -> Remark:
    given = {
        "path": "a.py",
        "former": "a.py",
        "rule": "ruff:F401",
        "message": "unused",
        "link": "",
        **changes,
    }
    return Remark(issue_id="a" * 32, line=1, severity=0, **given)


@given(st.text(alphabet=st.one_of(st.sampled_from("` \n@<"), st.characters()), max_size=80))
def test_nothing_gets_out_of_the_code(text: str) -> None:
    shown = code(text, 40)
    fence = "`" * (len(shown) - len(shown.lstrip("`")))
    inner = shown[len(fence) : -len(fence)]
    assert shown.endswith(fence)
    assert shown.isprintable()
    assert (inner[0], inner[-1], inner.strip() != "") == (" ", " ", True)
    assert all(len(run) < len(fence) for run in re.findall("`+", inner))
    assert len(inner.strip()) <= 40


def test_a_hostile_message_is_one_line_of_code_and_no_mark() -> None:
    body = remark(message=HOSTILE, path=HOSTILE, rule=HOSTILE).body
    said, _, mark = body.partition("\n\n")
    assert "/merge" not in [line[:6] for line in body.splitlines()]
    assert said.startswith("**fatal** ```` @admin")
    assert mark == marks(["a" * 32])
    assert list(marked(body)) == ["a" * 32]
    assert list(marked(body.removesuffix(mark))) == []


def test_links_are_left_out_where_the_server_does_not_know_its_address() -> None:
    review = Review(scan_id="b" * 32, number="7", commit="", check=3, remarks=[remark()], rest=0, link="")
    assert review.summary() == "Check 3 found 1 new issue in the lines that this request changes."
    assert review.summary([remark()]).endswith("\n\n* ` a.py:1 `: **fatal** ` ruff:F401 ` ` unused `")
    assert "](" not in remark().body


@given(st.sets(st.integers(1, 60)), st.integers(1, 60))
def test_a_line_is_within_the_stretches_that_have_it(lines: set[int], asked: int) -> None:
    ranges: list[tuple[int, int]] = []
    for line in sorted(lines):
        if ranges and ranges[-1][1] == line - 1:
            ranges[-1] = (ranges[-1][0], line)
        else:
            ranges.append((line, line))
    assert within(ranges, asked) is (asked in lines)
