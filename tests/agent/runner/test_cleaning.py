from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bottega.agent.runner.cleaning import Cleaner


def clean(*pieces: bytes) -> bytes:
    cleaner = Cleaner()
    return b"".join([*map(cleaner.feed, pieces), cleaner.finish()])


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=10))
def test_where_a_stream_is_cut_does_not_matter(text: bytes, at: list[int]) -> None:
    borders = [0, *sorted(min(cut, len(text)) for cut in at), len(text)]
    pieces = [text[a:b] for a, b in pairwise(borders)]
    assert clean(*pieces) == clean(text)


@given(st.binary(max_size=200))
def test_the_result_is_valid_text_with_one_kind_of_line_end(text: bytes) -> None:
    result = clean(text).decode("utf-8")
    assert "\0" not in result
    assert "\r" not in result


@given(st.text(alphabet=st.characters(exclude_characters="\0\r", exclude_categories=("Cs",))))
def test_valid_text_is_not_changed(text: str) -> None:
    assert clean(text.encode()) == text.encode()


def test_line_ends_become_newlines() -> None:
    assert clean(b"a\r\nb\rc\n") == b"a\nb\nc\n"
    assert clean(b"a\r", b"\nb") == b"a\nb"
    assert clean(b"a\r", b"", b"\n", b"b") == b"a\nb"
    assert clean(b"10%\r", b"20%\r") == b"10%\n20%\n"


def test_a_character_cut_in_two_is_put_together() -> None:
    euro = "€".encode()
    assert clean(euro[:1], euro[1:2], euro[2:]) == euro
    assert clean(b"x" + euro[:2]) == "x\N{REPLACEMENT CHARACTER}".encode()


def test_leaving_out_nul_puts_no_secret_together() -> None:
    assert clean(b"sec\0ret").decode() == "sec\N{REPLACEMENT CHARACTER}ret"


def test_colours_stay() -> None:
    assert clean(b"\x1b[31mred\x1b[0m") == b"\x1b[31mred\x1b[0m"
