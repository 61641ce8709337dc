"""Who may only look is shown each page that lets others change something, without what would change it."""

import re
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from bottega.iam.tenants import Credentials
from tests.console.conftest import Visitor
from tests.support.application import Application, World

PAGES = (
    "builds/{job_id}",
    "builds/{job_id}/caches",
    "records/{record_id}",
    "checks/{task_id}",
    "checks/{task_id}/issues",
    "checks/{task_id}/issues/{issue_id}",
)
ACTS = (
    "builds/{job_id}/run",
    "builds/{job_id}/caches/clear",
    "records/{record_id}/again",
    "records/{waiting_record_id}/stop",
    "checks/{task_id}/run",
    "checks/{checking_task_id}/stop",
    "checks/{task_id}/issues/say",
)


@pytest.fixture(scope="module")
def world(app: Application) -> World:
    """Of this file's own: others' tests delete what theirs has."""
    with app.caller(app.token(app.mine)) as http:
        return app.world(app.mine, http)


@pytest.fixture(scope="module")
def looker(app: Application, visit: Callable[[Credentials], Visitor]) -> Visitor:
    """A user of the first tenant who is in the group of viewers."""
    added = app.services.iam.users.add(app.mine.domain_id, "looker", "only-looking")
    app.services.iam.groups.grant(app.mine.domain_id, "viewers", "looker")
    return visit(replace(app.mine, user_id=added.id, user_name=added.name, password="only-looking"))


def offered(visitor: Visitor, path: str) -> list[str]:
    """What forms of the page would change, but for signing out."""
    page = visitor.get(path)
    forms = [form for form in re.findall(r"<form[^>]*>", page) if 'method="post"' in form]
    return [form for form in forms if "/sign-out" not in form]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_shown_and_offers_nothing_to_do(
    mine: Visitor, looker: Visitor, world: World, page: str
) -> None:
    path = f"/console/{page.format(**world.ids)}"
    assert offered(looker, path) == []
    assert offered(mine, path)


@pytest.mark.parametrize("act", ACTS)
def test_what_is_not_offered_is_refused(looker: Visitor, world: World, act: str) -> None:
    path = f"/console/{act.format(**world.ids)}"
    assert looker.post(path, status="ignored", issue=world.issue_id).status_code == 403
