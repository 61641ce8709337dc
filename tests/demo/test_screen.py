"""What the demonstration shows."""

import pytest

from bottega.demo.screen import Screen


def test_a_line_of_a_log_is_shown_with_its_time_and_without_markup(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Screen().log("[2026/11/22 12:42:37.166 GMT+08:00] [INFO] [bold]words[/bold] and more\n")
    assert capsys.readouterr().out == "  12:42:37 [bold]words[/bold] and more\n"


def test_control_characters_of_a_log_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().log("[2026/11/22 12:42:37.166 GMT+08:00] [INFO] a\x1b]0;title\x07b\n")
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "a\N{REPLACEMENT CHARACTER}]0;title" in shown
