"""The key that proofs of artifacts are signed with."""

from bottega.cli.admin.opened import Config, DataDir, opened


def show_signing_key(*, data_dir: DataDir = None, config: Config = None) -> None:
    """Print the public part (PEM) of the key that proofs of artifacts are signed with, for "bottega verify"."""
    from bottega.artifacts.signing import SigningKeys

    with opened(data_dir, config) as server:
        print(SigningKeys(server.database, server.secrets).public_pem(), end="")
