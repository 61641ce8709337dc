"""How values are written on pages."""

from zoneinfo import ZoneInfo

import pytest

from bottega.console.showing import lasted, markdown, moment, size, visible, without_colours


def test_times_are_for_people_and_machines() -> None:
    assert moment(1_769_860_800_000, ZoneInfo("Asia/Shanghai")) == (
        '<time datetime="2026-01-31T12:00:00.000Z">2026-01-31 20:00:00</time>'
    )
    assert moment(None, ZoneInfo("UTC")) == "–"


@pytest.mark.parametrize(
    ("ms", "text"),
    [(7, "7 ms"), (1500, "1.5 s"), (61_000, "1 min 1 s"), (3_660_000, "1 h 1 min"), (-5, "0 ms")],
)
def test_durations_have_the_unit_people_would_take(ms: int, text: str) -> None:
    assert lasted(1_000_000, 1_000_000 + ms) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (2**41, "2.0 TiB")]
)
def test_sizes_too(count: int, text: str) -> None:
    assert size(count) == text


def test_what_hides_or_turns_text_is_shown_by_its_number() -> None:
    assert visible("a\u202eb\x00c\u200bd\te\nf") == "a⟨U+202E⟩b⟨U+0000⟩c⟨U+200B⟩d\te\nf"


@pytest.mark.parametrize(
    "line",
    ["\x1b[31mred\x1b[0m", "\x1b]0;title\x07red", "\x1b]8;;http://x\x1b\\red", "\x1b[1;38;5;200mred\x1b[K\r"],
)
def test_colours_of_terminals_are_left_out(line: str) -> None:
    assert without_colours(line) == "red"


def test_descriptions_of_rules_are_text_with_headings_and_never_html() -> None:
    shown = markdown(
        "## Why\n\n<script>alert(1)</script> ![x](http://e/x.png) [y](javascript:alert(1)) `a<b`\u202e"
    )
    assert "<h2>Why</h2>" in shown
    for part in ("<script", "<img", 'href="javascript', "\u202e"):
        assert part not in shown
    assert "<code>a&lt;b</code>" in shown
