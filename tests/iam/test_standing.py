"""Who somebody is at this moment, for what is done in their name while they are away."""

import pytest
from sqlalchemy import update

from bottega.errors import Forbidden
from bottega.iam.principal import Principal, Right
from bottega.iam.service import IamService
from bottega.iam.standing import present_principal, principal_of
from bottega.iam.tables import Group
from bottega.iam.tenants import Credentials
from bottega.ids import new_hex
from bottega.store.database import Database
from tests.support.databases import seed_tenant


def now(database: Database, tenant_id: str, user_id: str) -> Principal:
    """The user, whom both ways to ask have to know alike."""
    with database.read() as session:
        found = principal_of(session, tenant_id, user_id)
        assert present_principal(session, tenant_id, user_id) == found
    return found


def refusal(database: Database, tenant_id: str, user_id: str) -> str:
    with database.read() as session:
        assert present_principal(session, tenant_id, user_id) is None
        with pytest.raises(Forbidden) as refused:
            principal_of(session, tenant_id, user_id)
    return str(refused.value)


def test_the_rights_are_those_of_this_moment(database: Database, iam: IamService, made: Credentials) -> None:
    user = iam.users.add(made.domain_id, "ann", "a good password")
    assert now(database, made.domain_id, user.id).rights == frozenset()
    for group in ("viewers", "developers"):
        iam.groups.grant(made.domain_id, group, "ann")
    found = now(database, made.domain_id, user.id)
    assert found.rights == frozenset(Right) - {Right.ADMINISTER}
    assert (found.user_name, found.tenant_name, found.iam_project_id) == ("ann", "mine", "")
    iam.groups.withdraw(made.domain_id, "developers", "ann")
    assert now(database, made.domain_id, user.id).rights == {Right.VIEW}


def test_a_right_of_a_newer_version_allows_nothing(
    database: Database, iam: IamService, made: Credentials
) -> None:
    with database.write() as session:
        session.execute(update(Group).where(Group.name == "administrators").values(rights=["view", "fly"]))
    assert now(database, made.domain_id, made.user_id).rights == {Right.VIEW}


def test_who_is_disabled_gone_or_of_another_tenant_is_nobody(
    database: Database, iam: IamService, made: Credentials
) -> None:
    other = seed_tenant(database, "other")
    assert refusal(database, other.tenant_id, made.user_id) == "the user does not exist any more"
    assert refusal(database, made.domain_id, new_hex()) == "the user does not exist any more"
    iam.users.disable(made.domain_id, "admin")
    assert refusal(database, made.domain_id, made.user_id) == "the user admin is disabled"
