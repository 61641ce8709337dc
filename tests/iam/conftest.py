"""The data layer of accounts on each database, and a tenant of it."""

from collections.abc import Iterator

import pytest

from bottega.iam.service import IamService
from bottega.iam.tenants import Credentials
from bottega.settings import Settings
from bottega.store.database import Database
from bottega.store.secrets import SecretBox
from tests.support.passwords import quick_passwords

quick_passwords()


@pytest.fixture
def iam(database: Database) -> Iterator[IamService]:
    service = IamService(database, SecretBox(b"k" * 32), Settings())
    yield service
    service.close()


@pytest.fixture
def made(iam: IamService) -> Credentials:
    return iam.create_tenant("mine", "")
