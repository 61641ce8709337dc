"""Contents at rest: sealed with the server's master key, each for its own file of its own tenant."""

from bottega.build.files.tables import KeystoreFile
from bottega.errors import Unavailable
from bottega.store.secrets import SealBroken, SecretBox


class FileBox:
    """A sealed content cannot be moved to another file or tenant: it would not open there."""

    def __init__(self, secrets: SecretBox) -> None:
        self._secrets = secrets

    def seal(self, tenant_id: str, file_id: str, content: bytes) -> bytes:
        """What is stored."""
        return self._secrets.seal_bytes(content, _purpose(tenant_id, file_id))

    def unseal(self, file: KeystoreFile) -> bytes:
        """The content. Raises :class:`Unavailable` when it was sealed with another master key."""
        try:
            return self._secrets.unseal_bytes(file.sealed_content, _purpose(file.tenant_id, file.id))
        except SealBroken:
            raise Unavailable(
                f"the file {file.name} was sealed with another master key; upload it again"
            ) from None


def _purpose(tenant_id: str, file_id: str) -> str:
    return f"content of file {file_id} of tenant {tenant_id}"
