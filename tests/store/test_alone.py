"""Work that one process does at a time, however many transactions it takes."""

from bottega.store.database import Database


def test_of_two_who_do_the_same_one_is_told_that_it_is_not_alone(database: Database) -> None:
    with (
        database.alone("storing a") as first,
        database.alone("storing b") as other,
        database.alone("storing a") as second,
    ):
        assert (first, other, second) == (True, True, False)
    with database.alone("storing a") as again:
        assert again


def test_others_may_write_meanwhile(database: Database) -> None:
    with database.alone("storing a"), database.write() as session:
        assert session.is_active
