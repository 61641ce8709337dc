"""What a token is worth after its end, and what becomes of one whose user changes meanwhile."""

from collections.abc import Callable

import pytest
from sqlalchemy import update

from bottega.iam.errors import TokenNotFound, Unauthenticated
from bottega.iam.scopes import UNSCOPED
from bottega.iam.service import IamService
from bottega.iam.tables import Token, User
from bottega.iam.tenants import Credentials
from bottega.iam.tokens import UserReference
from bottega.store.database import Database

PASSWORD = "another good password"


def token(iam: IamService, made: Credentials, password: str = "") -> str:
    who = UserReference(id=made.user_id)
    return iam.tokens.issue_for_password(who, password or made.password, UNSCOPED).text


def expire(database: Database) -> None:
    with database.write() as session:
        session.execute(update(Token).values(expires_at=1))


def disable(database: Database) -> None:
    """The user alone: the tokens are not revoked with it."""
    with database.write() as session:
        session.execute(update(User).values(enabled=False))


@pytest.mark.parametrize("end", ["expired", "revoked", "disabled"])
def test_a_token_that_is_over_is_neither_exchanged_nor_shown(
    database: Database, iam: IamService, made: Credentials, end: str
) -> None:
    text = token(iam, made)
    caller = iam.callers.by_token(text)
    assert iam.tokens.show(caller, text).user.name == "admin"
    if end == "revoked":
        iam.tokens.revoke(caller, text)
    else:
        (expire if end == "expired" else disable)(database)
    for act in (iam.tokens.show, iam.tokens.revoke):
        with pytest.raises(TokenNotFound):
            act(caller, text)
    with pytest.raises(Unauthenticated):
        iam.tokens.issue_for_token(text, UNSCOPED)
    with pytest.raises(Unauthenticated):
        iam.callers.by_token(text)


def test_a_new_password_ends_all_tokens_of_its_user_and_no_other(iam: IamService, made: Credentials) -> None:
    iam.users.add(made.domain_id, "ann", PASSWORD)
    ann = UserReference(name="ann", domain_id=made.domain_id)
    hers = iam.tokens.issue_for_password(ann, PASSWORD, UNSCOPED).text
    texts = [token(iam, made) for _ in range(2)]
    iam.users.set_password(made.domain_id, "admin", PASSWORD)
    for text in texts:
        with pytest.raises(Unauthenticated, match="revoked"):
            iam.callers.by_token(text)
    with pytest.raises(Unauthenticated):
        token(iam, made)
    assert iam.callers.by_token(token(iam, made, PASSWORD)).principal.user_id == made.user_id
    assert iam.callers.by_token(hers).principal.user_name == "ann"


@pytest.mark.parametrize(
    "change",
    [
        lambda iam, made: iam.users.set_password(made.domain_id, "admin", PASSWORD),
        lambda iam, made: iam.users.disable(made.domain_id, "admin"),
    ],
    ids=["another password", "disabled"],
)
def test_a_user_who_is_changed_while_the_password_is_checked_gets_no_token(
    iam: IamService,
    made: Credentials,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[IamService, Credentials], None],
) -> None:
    checked = iam.tokens.check_password

    def slowly(who: UserReference, password: str, address: str) -> User:
        user = checked(who, password, address)
        change(iam, made)
        return user

    monkeypatch.setattr(iam.tokens, "check_password", slowly)
    with pytest.raises(Unauthenticated):
        token(iam, made)


def test_a_user_is_one_of_the_account_that_is_named(iam: IamService, made: Credentials) -> None:
    other = iam.create_tenant("other", "")
    for who in (
        UserReference(id=made.user_id, domain_id=other.domain_id),
        UserReference(id=made.user_id, domain_name="other"),
        UserReference(name="admin", domain_id=made.domain_id, domain_name="other"),
        UserReference(name="admin", domain_id=other.domain_id),
        UserReference(name="admin"),
    ):
        with pytest.raises(Unauthenticated):
            iam.tokens.issue_for_password(who, made.password, UNSCOPED)
    who = UserReference(name="admin", domain_id=made.domain_id, domain_name="mine")
    assert iam.tokens.issue_for_password(who, made.password, UNSCOPED).info.user.id == made.user_id
