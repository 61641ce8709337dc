"""Many rows out of one, made inside the database: a client that sent each of them would take minutes."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, String, cast, insert, literal, select, true
from sqlalchemy.orm import Session

from bottega.store.base import Base

Changes = Callable[[ColumnElement[int]], Mapping[str, Any]]
"""From a copy's number to the columns in which it differs."""

DIGITS = 12


def multiply(session: Session, model: type[Base], row_id: str, count: int, changes: Changes) -> None:
    """Add ``count`` copies, numbered from 1, of the row with that id."""
    table = model.metadata.tables[model.__tablename__]
    numbers = select(literal(1, BigInteger).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < count))
    if count < 1:
        return
    changed = changes(numbers.c.n)
    copies = (
        select(*(changed.get(column.name, column) for column in table.columns))
        .select_from(table)
        .join(numbers, true())
        .where(table.c.id == row_id)
    )
    session.execute(insert(table).from_select(list(table.columns.keys()), copies))


def hex_id(kind: str, number: ColumnElement[int]) -> ColumnElement[str]:
    """32 characters that are different for each ``kind`` (one character) and number."""
    return literal(kind * (32 - DIGITS)).concat(_digits(number))


def uuid(kind: str, number: ColumnElement[int]) -> ColumnElement[str]:
    """The same in the form of a UUID."""
    return literal(f"{kind * 8}-{kind * 4}-{kind * 4}-{kind * 4}-").concat(_digits(number))


def _digits(number: ColumnElement[int]) -> ColumnElement[str]:
    return cast(number + literal(10 ** (DIGITS - 1), BigInteger), String)
