"""Tenants, users, groups and access keys in the data layer."""

import pytest
from sqlalchemy import func, select, text

from bottega.errors import Conflict, Invalid, NotFound
from bottega.iam.access_keys import MAX_KEYS_PER_USER
from bottega.iam.callers import SECRET_PURPOSE
from bottega.iam.errors import Unauthenticated
from bottega.iam.principal import Right
from bottega.iam.scopes import UNSCOPED
from bottega.iam.service import IamService
from bottega.iam.tables import AccessKey, Tenant, Token, User
from bottega.iam.tokens import UserReference
from bottega.settings import Settings
from bottega.store.database import Database
from bottega.store.secrets import SecretBox
from tests.support.databases import seed_tenant


def count(database: Database, table: type) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_tenant_that_cannot_be_made_leaves_nothing(database: Database, iam: IamService) -> None:
    iam.create_tenant("mine", "")
    for name, kind in [("mine", Conflict), (" ", Invalid), ("x" * 65, Invalid), ("a\nb", Invalid)]:
        with pytest.raises(kind):
            iam.create_tenant(name, "")
    assert (count(database, Tenant), count(database, User), count(database, AccessKey)) == (1, 1, 1)
    with pytest.raises(NotFound, match="tenant nobody does not exist"):
        iam.tenants.get("nobody")
    assert [tenant.name for tenant in iam.tenants.list()] == ["mine"]


def test_secrets_are_not_readable_in_the_database(database: Database, iam: IamService) -> None:
    made = iam.create_tenant("mine", "")
    issued = iam.tokens.issue_for_password(UserReference(id=made.user_id), made.password, UNSCOPED)
    with database.read() as session:
        key = session.scalars(select(AccessKey)).one()
        user = session.scalars(select(User)).one()
        token = session.scalars(select(Token)).one()
    assert made.secret_key.encode() not in key.sealed_secret
    assert user.password_hash.startswith("$argon2id$")
    assert issued.text not in str(vars(token))


def test_user_names_are_unique_per_tenant(database: Database, iam: IamService) -> None:
    mine, other = seed_tenant(database, "mine"), seed_tenant(database, "other")
    assert iam.users.add(mine.tenant_id, "ann", "a good password", "ann@example.com").number == 2
    assert iam.users.add(other.tenant_id, "ann", "a good password").number == 2
    with pytest.raises(Conflict, match="user name: a user named ann already exists"):
        iam.users.add(mine.tenant_id, "ann", "a good password")
    with pytest.raises(Invalid) as refusal:
        iam.users.add(mine.tenant_id, "bob", "short")
    assert "short" not in str(refusal.value)
    assert [user.name for user in iam.users.list(mine.tenant_id)] == ["admin", "ann"]
    for operation in (iam.users.disable, iam.users.get):
        with pytest.raises(NotFound):
            operation(mine.tenant_id, "bob")


def test_rights_come_from_groups_and_hold_at_once(database: Database, iam: IamService) -> None:
    made = iam.create_tenant("mine", "")
    tenant_id = made.domain_id
    iam.users.add(tenant_id, "ann", "a good password")
    key = iam.access_keys.add(tenant_id, "ann").access_key

    def rights() -> set[Right]:
        return set(iam.callers.by_access_key(key).principal.rights)

    assert rights() == set()
    iam.groups.grant(tenant_id, "viewers", "ann")
    iam.groups.grant(tenant_id, "viewers", "ann")
    assert rights() == {Right.VIEW}
    iam.groups.add(tenant_id, "runners", ["execute", "view"])
    iam.groups.grant(tenant_id, "runners", "ann")
    assert rights() == {Right.VIEW, Right.EXECUTE}
    iam.groups.withdraw(tenant_id, "runners", "ann")
    assert rights() == {Right.VIEW}
    assert [group.name for group in iam.groups.of_user(iam.users.get(tenant_id, "ann").id)] == ["viewers"]
    assert set(iam.callers.by_access_key(made.access_key).principal.rights) == set(Right)


def test_bad_groups_are_refused(database: Database, iam: IamService) -> None:
    tenant_id = seed_tenant(database).tenant_id
    iam.groups.add(tenant_id, "team", [])
    with pytest.raises(Conflict):
        iam.groups.add(tenant_id, "team", [])
    with pytest.raises(Invalid, match="rights: fly is none of view, create"):
        iam.groups.add(tenant_id, "birds", ["view", "fly"])
    for group, user in [("nowhere", "admin"), ("team", "nobody")]:
        with pytest.raises(NotFound):
            iam.groups.grant(tenant_id, group, user)
        with pytest.raises(NotFound):
            iam.groups.withdraw(tenant_id, group, user)


def test_a_secret_that_was_changed_in_the_database_is_not_the_one_that_was_known_before(
    sqlite_database: Database,
) -> None:
    box = SecretBox(b"k" * 32)
    iam = IamService(sqlite_database, box, Settings())
    made = iam.create_tenant("mine", "")
    assert iam.callers.by_access_key(made.access_key).secret == made.secret_key

    def put(sealed: bytes) -> None:
        with sqlite_database.write() as session:
            session.get_one(AccessKey, made.access_key).sealed_secret = sealed

    put(SecretBox(b"x" * 32).seal(made.secret_key, SECRET_PURPOSE))
    with pytest.raises(Unauthenticated, match="another master key"):
        iam.callers.by_access_key(made.access_key)
    put(box.seal("another", SECRET_PURPOSE))
    assert iam.callers.by_access_key(made.access_key).secret == "another"
    iam.close()


def test_access_keys_belong_to_their_tenant_and_are_limited(database: Database, iam: IamService) -> None:
    mine, other = seed_tenant(database, "mine"), seed_tenant(database, "other")
    first = iam.access_keys.add(mine.tenant_id, "admin", "laptop")
    with pytest.raises(NotFound):
        iam.access_keys.revoke(other.tenant_id, first.access_key)
    assert iam.access_keys.list(other.tenant_id) == []
    for _ in range(MAX_KEYS_PER_USER - 1):
        iam.access_keys.add(mine.tenant_id, "admin")
    with pytest.raises(Conflict, match="revoke one first"):
        iam.access_keys.add(mine.tenant_id, "admin")
    iam.access_keys.revoke(mine.tenant_id, first.access_key)
    iam.access_keys.revoke(mine.tenant_id, first.access_key)
    iam.access_keys.add(mine.tenant_id, "admin")
    revoked = [key.id for key, _ in iam.access_keys.list(mine.tenant_id) if key.revoked_at is not None]
    assert revoked == [first.access_key]
    with pytest.raises(Invalid):
        iam.access_keys.add(mine.tenant_id, "admin", "x" * 256)


def test_long_expired_tokens_are_removed(database: Database, iam: IamService) -> None:
    made = iam.create_tenant("mine", "")
    who = UserReference(id=made.user_id)
    iam.tokens.issue_for_password(who, made.password, UNSCOPED)
    with database.write() as session:
        session.scalars(select(Token)).one().expires_at = 1
    iam.tokens.issue_for_password(who, made.password, UNSCOPED)
    assert count(database, Token) == 1


def test_a_lookup_survives_a_broken_connection(postgres_url: str) -> None:
    database = Database(postgres_url)
    iam = IamService(database, SecretBox(b"k" * 32), Settings())
    made = iam.create_tenant("mine", "")
    assert iam.callers.by_access_key(made.access_key)
    with database.write() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert iam.callers.by_access_key(made.access_key).principal.user_name == "admin"
    iam.close()
    database.close()
