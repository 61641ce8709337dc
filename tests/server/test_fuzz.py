"""Every operation, called with what its description allows and with what it does not, answers as described."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.application import application
from tests.support.databases import Postgres

if TYPE_CHECKING:
    from tests.server.campaign import Campaign, Cases

pytestmark = pytest.mark.sweep

DATABASES = ("postgresql", "sqlite")
"""Each gets its share of the boundary values."""

PARTS = 4
"""The operations are divided among so many tests, which may run side by side."""

Campaigns = Callable[["Cases", str], "AbstractContextManager[Campaign]"]


@pytest.fixture
def campaigns(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Campaigns:
    """Campaigns with these cases on a new application on this kind of database."""

    @contextmanager
    def start(cases: "Cases", database: str) -> "Generator[Campaign]":
        from tests.server.campaign import Campaign

        url = postgres.new_database() if database == "postgresql" else ""
        with application(tmp_path_factory.mktemp("fuzz"), url, runs={"tenant_queue": 100_000}) as app:
            campaign = Campaign(app, cases, DATABASES.index(database), len(DATABASES))
            with campaign.http:
                yield campaign
        if url:
            postgres.drop(url)

    return start


@pytest.mark.parametrize("part", range(PARTS))
def test_every_operation_answers_as_described(campaigns: Campaigns, part: int) -> None:
    # Every process of the suite would otherwise import schemathesis, which takes it a second.
    from tests.server.campaign import Cases

    cases = Cases(part, PARTS)
    for database in DATABASES:
        with campaigns(cases, database) as campaign:
            campaign.run()
        assert not campaign.faults, f"{database}:\n\n" + "\n\n".join(campaign.faults)
        described = {
            f"{method.upper()} {path}"
            for path, operations in campaign.description["paths"].items()
            for method in operations
        }
        assert {label for label, _ in campaign.answered} == described
