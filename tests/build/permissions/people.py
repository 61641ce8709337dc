"""More users of a tenant, for tests of who may do what."""

import msgspec

from bottega.clock import epoch_ms
from bottega.iam.principal import Principal, Right
from bottega.iam.tables import User
from bottega.ids import new_hex
from bottega.store.database import Database

WORKER = frozenset({Right.VIEW, Right.CREATE, Right.MODIFY, Right.DELETE, Right.EXECUTE})
LOOKER = frozenset({Right.VIEW})


def colleague(
    database: Database, principal: Principal, name: str, rights: frozenset[Right] = WORKER
) -> Principal:
    """Another user of the same tenant, with these rights and nothing else."""
    user_id = new_hex()
    with database.write() as session:
        session.add(
            User(
                id=user_id,
                tenant_id=principal.tenant_id,
                number=int(user_id[:6], 16) + 2,
                name=name,
                password_hash="",
                created_at=epoch_ms(),
            )
        )
    return msgspec.structs.replace(principal, user_id=user_id, user_name=name, rights=rights)
