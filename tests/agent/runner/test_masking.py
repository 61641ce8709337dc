import re
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from bottega.agent.runner.masking import MASK, Masker

# Few letters, so that needles overlap, repeat and contain each other all the time.
letters = st.text(alphabet="ab\n", min_size=1, max_size=9).map(str.encode)
needles = st.lists(letters, max_size=6)
cuts = st.lists(st.integers(0, 80), max_size=12)


def stream(masker: Masker, text: bytes, at: list[int]) -> bytes:
    borders = [0, *sorted(min(cut, len(text)) for cut in at), len(text)]
    pieces = [text[a:b] for a, b in pairwise(borders)]
    return b"".join([*map(masker.feed, pieces), masker.finish()])


@given(needles, st.text(alphabet="ab\n", max_size=80).map(str.encode), cuts)
@example([b"aab", b"ab"], b"aaab", [1, 2, 3])
@example([b"aaaa", b"aa"], b"aaaaaaa", [1, 3])
def test_any_way_of_cutting_a_text_gives_what_masking_the_whole_gives(
    needles: list[bytes], text: bytes, at: list[int]
) -> None:
    assert stream(Masker(needles), text, at) == Masker(needles).mask(text)


@given(needles, st.text(alphabet="ab\n", max_size=80).map(str.encode), cuts)
def test_what_is_left_of_a_text_holds_no_needle(needles: list[bytes], text: bytes, at: list[int]) -> None:
    for piece in stream(Masker(needles), text, at).split(MASK):
        assert not any(needle in piece for needle in needles)


@given(st.lists(st.binary(min_size=3, max_size=20), max_size=5), st.data())
def test_needles_of_any_bytes_are_found_wherever_they_are(needles: list[bytes], data: st.DataObject) -> None:
    parts = data.draw(
        st.lists(st.one_of(st.binary(max_size=6), st.sampled_from([*needles, b""])), max_size=8)
    )
    text = b"".join(parts)
    at = data.draw(st.lists(st.integers(0, len(text)), max_size=8))
    assert stream(Masker(needles), text, at) == Masker(needles).mask(text)


def test_of_two_needles_at_the_same_place_the_longer_is_masked() -> None:
    masker = Masker([b"pass", b"password"])
    assert masker.feed(b"a pass") == b"a "
    assert masker.feed(b"wor") == b""
    assert masker.feed(b"d pass!") == b"**** ****!"


def test_a_possible_beginning_stays_held_until_it_is_decided() -> None:
    masker = Masker([b"secret"])
    assert masker.feed(b"my sec") == b"my "
    assert masker.held
    assert masker.feed(b"tor") == b"sector"
    assert not masker.held
    assert masker.feed(b"secr") == b""
    assert masker.finish() == b"secr"


def test_without_needles_everything_passes_untouched() -> None:
    assert Masker([]).feed(b"anything") == b"anything"
    assert Masker([b""]).feed(b"anything") == b"anything"


@given(st.text(alphabet="ab*", min_size=3, max_size=8), st.text(alphabet="ab", max_size=40))
def test_a_needle_that_looks_like_a_pattern_is_taken_literally(needle: str, text: str) -> None:
    expected = re.sub(re.escape(needle), "****", text)
    assert Masker([needle.encode()]).mask(text.encode()).decode() == expected


@given(st.sets(st.binary(min_size=3, max_size=12), min_size=17, max_size=40), st.data())
def test_many_needles_are_found_as_surely_as_few(needles: set[bytes], data: st.DataObject) -> None:
    texts = data.draw(
        st.lists(st.one_of(st.sampled_from(sorted(needles)), st.binary(max_size=4)), max_size=6)
    )
    for piece in stream(Masker(needles), b"".join(texts), [3, 9]).split(MASK):
        assert not any(needle in piece for needle in needles)
