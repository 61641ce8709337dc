"""Who is told: the creator of a task, whoever ran or changed it, and those who follow it."""

from collections.abc import Callable, Collection, Iterable, Mapping

from sqlalchemy.orm import Session

Followers = Callable[[Session, str, Collection[str]], Mapping[str, Iterable[str]]]
"""By task id the ids of its followers; it is given the tenant's id and the ids of tasks."""
