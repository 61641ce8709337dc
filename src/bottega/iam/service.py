"""Everything about who is asking, wired once per process."""

from bottega.iam.access_keys import AccessKeys
from bottega.iam.callers import Callers
from bottega.iam.groups import Groups
from bottega.iam.tenants import Credentials, Tenants
from bottega.iam.tokens import Tokens
from bottega.iam.users import Users
from bottega.settings import Settings
from bottega.store.database import Database
from bottega.store.secrets import SecretBox


class IamService:
    """The parts by topic. ``callers`` is what the authentication middleware asks."""

    def __init__(self, database: Database, secrets: SecretBox, settings: Settings) -> None:
        self.tenants = Tenants(database, secrets, settings.api.region)
        self.users = Users(database)
        self.groups = Groups(database)
        self.access_keys = AccessKeys(database, secrets)
        self.tokens = Tokens(database)
        self.callers = Callers(database, secrets)
        self.region = settings.api.region
        self.public_url = settings.http.public_url.rstrip("/")

    def create_tenant(self, name: str, endpoint: str) -> Credentials:
        """See :meth:`Tenants.create`. Raises :class:`Invalid`, :class:`Conflict`."""
        return self.tenants.create(name, endpoint)

    def close(self) -> None:
        """Close what it opened itself."""
        self.callers.close()
