"""Argon2id with the least it takes, because the real cost is the point in production and most of a test's time here."""

from argon2 import PasswordHasher

from bottega.iam import passwords


def quick_passwords() -> None:
    """Hash with the cheapest parameters from now on in this process."""
    passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
