"""A project with rule sets of a small catalogue."""

from pathlib import Path

import pytest

from bottega.check.catalogue.catalogues import Catalogues
from bottega.check.engines.base import COMPREHENSIVE, CRITICAL, OPTIONAL
from bottega.check.languages import ANY
from bottega.check.rulesets.service import RuleSetService
from bottega.iam.principal import Principal
from bottega.store.database import Database
from tests.check.engines_for_tests import LIMIT, Small, facts
from tests.support.databases import seed_project, seed_tenant


@pytest.fixture
def engines(tmp_path: Path) -> dict[str, Small]:
    python = [
        facts("grave", level=CRITICAL),
        facts("usual"),
        facts("limit", options=(LIMIT,)),
        facts("style", level=COMPREHENSIVE),
        facts("rare", level=OPTIONAL),
    ]
    return {
        "py": Small("py", tmp_path / "py", python),
        "java": Small(
            "java", tmp_path / "java", [facts("J", "JAVA"), facts("K", "JAVA", level=COMPREHENSIVE)]
        ),
        "any": Small("any", tmp_path / "any", [facts("key", ANY), facts("word", ANY, level=COMPREHENSIVE)]),
    }


@pytest.fixture
def catalogues(tmp_path: Path, engines: dict[str, Small]) -> Catalogues:
    return Catalogues(tmp_path / "catalogue", engines)


@pytest.fixture
def rule_sets(database: Database, catalogues: Catalogues) -> RuleSetService:
    return RuleSetService(database, catalogues)


@pytest.fixture
def alice(database: Database) -> Principal:
    return seed_tenant(database, "first")


@pytest.fixture
def project_id(database: Database, alice: Principal) -> str:
    return seed_project(database, alice)
