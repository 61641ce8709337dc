from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bottega.agent.runner.log import PARTIAL_AFTER, Log, LogError
from bottega.agent.runner.masking import Masker
from tests.agent.runner.attempts import HEAD


def make(path: Path, secrets: tuple[bytes, ...] = (), limit: int = 1 << 20) -> Log:
    return Log(str(path / "log"), Masker(secrets), limit)


def bodies(path: Path) -> list[str]:
    lines = (path / "log").read_text().split("\n")
    assert lines[-1] == ""
    heads = [HEAD.match(line) for line in lines[:-1]]
    assert all(heads), lines
    return [line[head.end() :] for line, head in zip(lines, heads, strict=False) if head]


def test_every_line_of_output_gets_its_time(tmp_path: Path) -> None:
    log = make(tmp_path)
    log.write(b"one\ntwo\n\nthree\n", 0.0)
    assert bodies(tmp_path) == ["one", "two", "", "three"]
    assert log.size == (tmp_path / "log").stat().st_size


def test_messages_of_the_runner_carry_level_and_tag(tmp_path: Path) -> None:
    log = make(tmp_path)
    log.line("WARN", "watch\nout", "Maven:external_post_maven")
    line = (tmp_path / "log").read_text()
    assert line.endswith("] [WARN] [Maven:external_post_maven] : watch out\n")


def test_a_part_of_a_line_waits_for_its_rest_and_then_shows(tmp_path: Path) -> None:
    log = make(tmp_path)
    log.write(b"a\nname? ", 5.0)
    assert bodies(tmp_path) == ["a"]
    assert log.due == 5.0 + PARTIAL_AFTER
    log.flush(5.05)
    assert bodies(tmp_path) == ["a"]
    log.flush(5.2)
    assert (tmp_path / "log").read_text().endswith("] [INFO] name? ")
    log.write(b"bob\nnext\n", 6.0)
    assert bodies(tmp_path) == ["a", "name? bob", "next"]
    assert log.due is None


def test_a_message_in_the_middle_of_a_line_ends_it(tmp_path: Path) -> None:
    log = make(tmp_path)
    log.write(b"part", 0.0)
    log.flush(1.0)
    log.line("INFO", "said")
    log.write(b"rest\n", 2.0)
    log.write(b"unshown", 3.0)
    log.line("INFO", "again")
    assert bodies(tmp_path) == ["part", "said", "rest", "unshown", "again"]


def test_the_end_of_a_tool_shows_all_that_was_held_back(tmp_path: Path) -> None:
    log = make(tmp_path, (b"secret",))
    log.write(b"my sec", 0.0)
    log.flush(1.0)
    assert (tmp_path / "log").read_text().endswith("] [INFO] my ")
    log.end_output(2.0)
    assert bodies(tmp_path) == ["my sec"]


def test_a_secret_in_pieces_with_pauses_between_them_is_masked(tmp_path: Path) -> None:
    log = make(tmp_path, (b"secret",))
    for moment, piece in enumerate((b"a sec", b"re", b"t b\n")):
        log.write(piece, moment)
        log.flush(moment + 0.5)
    assert bodies(tmp_path) == ["a **** b"]


def test_messages_are_masked_too(tmp_path: Path) -> None:
    make(tmp_path, (b"secret",)).line("ERROR", "the secret is out", "secret:step")
    assert bodies(tmp_path) == ["[****:step] : the **** is out"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.text(alphabet="ab \n", max_size=9), st.none()), max_size=12))
def test_however_output_arrives_the_lines_are_the_same(tmp_path: Path, pieces: list[str | None]) -> None:
    """``None`` is a pause long enough for a part of a line to be shown."""
    (tmp_path / "log").unlink(missing_ok=True)
    log = make(tmp_path)
    now = 0.0
    for piece in pieces:
        if piece is None:
            now += 1
            log.flush(now)
        else:
            log.write(piece.encode(), now)
    log.end_output(now)
    log.close()
    text = "".join(piece for piece in pieces if piece)
    expected = text.split("\n") if not text.endswith("\n") else text.split("\n")[:-1]
    assert bodies(tmp_path) == (expected if text else [])


def test_output_beyond_the_limit_is_dropped_and_messages_go_on(tmp_path: Path) -> None:
    log = make(tmp_path, limit=400)
    for number in range(50):
        log.write(b"line %d\n" % number, 0.0)
    log.end_output(0.0)
    log.line("INFO", "step finished")
    found = bodies(tmp_path)
    kept = [line for line in found if line.startswith("line")]
    assert kept == [f"line {n}" for n in range(len(kept))]
    assert 0 < len(kept) < 20
    assert [line for line in found if "limit of 400 bytes" in line] == found[len(kept) : len(kept) + 1]
    assert found[-1] == "step finished"


def test_a_line_longer_than_the_limit_is_dropped_too(tmp_path: Path) -> None:
    log = make(tmp_path, limit=1000)
    log.write(b"x" * 200_000, 0.0)
    log.write(b"y\nz\n", 0.0)
    log.end_output(0.0)
    assert ["limit of 1000 bytes" in line for line in bodies(tmp_path)] == [True]


def test_a_log_that_cannot_be_written_is_said_once(tmp_path: Path) -> None:
    log = Log("/dev/full", Masker([]), 1 << 20)
    with pytest.raises(LogError, match="No space left"):
        log.line("INFO", "hello")
    log.line("INFO", "nothing more is tried")
    log.close()
