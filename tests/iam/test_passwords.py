"""Password hashing."""

from argon2 import PasswordHasher
from argon2.profiles import RFC_9106_LOW_MEMORY

from bottega.iam.passwords import hash_password, password_matches


def test_a_hash_belongs_to_its_password_only() -> None:
    hashed = hash_password("a good password")
    assert hashed != hash_password("a good password")
    assert password_matches(hashed, "a good password")
    assert not password_matches(hashed, "a good password ")
    assert not password_matches(None, "a good password")
    assert not password_matches("", "")
    assert not password_matches("no hash at all", "x")


def test_the_cost_in_production_is_the_recommended_one() -> None:
    assert PasswordHasher().memory_cost >= RFC_9106_LOW_MEMORY.memory_cost
    assert PasswordHasher().time_cost >= RFC_9106_LOW_MEMORY.time_cost
