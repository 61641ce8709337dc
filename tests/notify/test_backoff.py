"""When a message is tried again, and when it is given up."""

from hypothesis import given
from hypothesis import strategies as st

from bottega.notify.backoff import FIRST_DELAY_MS, MAX_AGE_MS, MAX_DELAY_MS, MAX_TRIES, delay_ms, is_over

tries = st.integers(1, 1000)
chances = st.floats(0, 1)


@given(tries=tries, chance=chances, after=st.integers(0, 10**12))
def test_a_pause_is_never_longer_than_an_hour_and_never_nothing(
    tries: int, chance: float, after: int
) -> None:
    assert 0 < delay_ms(tries, after_ms=after, chance=chance) <= MAX_DELAY_MS


@given(tries=tries, chance=chances, after=st.integers(0, MAX_DELAY_MS))
def test_what_the_other_side_asked_for_is_respected(tries: int, chance: float, after: int) -> None:
    assert delay_ms(tries, after_ms=after, chance=chance) >= after


@given(tries=tries, chance=chances)
def test_each_pause_is_at_least_as_long_as_the_one_before(tries: int, chance: float) -> None:
    assert delay_ms(tries, chance=chance) <= delay_ms(tries + 1, chance=chance)


@given(tries=tries)
def test_the_spread_is_a_fifth_either_way(tries: int) -> None:
    middle = FIRST_DELAY_MS * 2 ** min(tries - 1, 20)
    assert delay_ms(tries, chance=0) == min(MAX_DELAY_MS, int(middle * 0.8))
    assert delay_ms(tries, chance=1) == min(MAX_DELAY_MS, int(middle * 1.2))


@given(tries=tries)
def test_a_drawn_pause_lies_within_the_spread(tries: int) -> None:
    assert delay_ms(tries, chance=0) <= delay_ms(tries) <= delay_ms(tries, chance=1)


@given(chances=st.lists(chances, min_size=MAX_TRIES, max_size=MAX_TRIES))
def test_all_tries_of_a_message_fit_into_two_hours(chances: list[float]) -> None:
    pauses = [delay_ms(number + 1, chance=chance) for number, chance in enumerate(chances[:-1])]
    assert 3_600_000 < sum(pauses) < 7_200_000


@given(tries=st.integers(0, MAX_TRIES - 1), age=st.integers(0, MAX_AGE_MS - 1))
def test_nothing_is_given_up_before_its_last_try_or_its_last_day(tries: int, age: int) -> None:
    assert not is_over(tries, age)


@given(tries=st.integers(0, 100), age=st.integers(0, 10 * MAX_AGE_MS))
def test_everything_is_given_up_after_its_last_try_or_its_last_day(tries: int, age: int) -> None:
    assert is_over(max(tries, MAX_TRIES), age)
    assert is_over(tries, max(age, MAX_AGE_MS))
