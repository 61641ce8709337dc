import pytest

from bottega.check.tasks.service import CheckTaskService
from bottega.settings import Settings
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

KEY = b"0" * 32


@pytest.fixture
def tasks(database: Database, settings: Settings) -> CheckTaskService:
    return CheckTaskService(database, SecretBox(KEY), settings)
