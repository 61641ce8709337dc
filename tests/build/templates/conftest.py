"""A template service on each database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bottega.app import git_rules
from bottega.build.templates.recommender import Recommender
from bottega.build.templates.service import TemplateService
from bottega.settings import Settings
from bottega.store.database import Database
from bottega.store.secrets import SecretBox


@pytest.fixture
def templates(database: Database, settings: Settings, tmp_path: Path) -> Iterator[TemplateService]:
    recommender = Recommender(database, git_rules(settings))
    service = TemplateService(database, SecretBox.open(tmp_path / "master.key"), recommender)
    yield service
    service.close()
