"""Every operation, called with what its description allows and with what it does not, answers as described."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.application import application

if TYPE_CHECKING:
    from tests.server.campaign import Campaign

pytestmark = pytest.mark.sweep

DATABASES = ("postgresql", "sqlite")
"""Each gets its share of the boundary values."""

PARTS = 4
"""The operations are divided among so many tests, which may run side by side."""


@pytest.fixture(params=[(database, part) for database in DATABASES for part in range(PARTS)], ids=str)
def campaign(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[Campaign]":
    # Every process of the suite would otherwise import schemathesis, which takes it a second.
    from tests.server.campaign import Campaign

    database, part = request.param
    postgres = request.getfixturevalue("postgres") if database == "postgresql" else None
    url = postgres.new_database() if postgres else ""
    with application(tmp_path_factory.mktemp("fuzz"), url, runs={"tenant_queue": 100_000}) as app:
        campaign = Campaign(app, DATABASES.index(database), len(DATABASES), part, PARTS)
        with campaign.http:
            yield campaign
    if postgres:
        postgres.drop(url)


def test_every_operation_answers_as_described(campaign: "Campaign") -> None:
    campaign.run()
    assert not campaign.faults, "\n\n".join(campaign.faults)
    described = {
        f"{method.upper()} {path}"
        for path, operations in campaign.description["paths"].items()
        for method in operations
    }
    assert {label for label, _ in campaign.answered} == described
