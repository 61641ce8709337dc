"""What a step may exchange with whoever keeps artifacts: a server, or in a local run a folder."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

NO_SERVER = (
    "this agent does not know the server's address: set http.public_url on the server or agent.server_url on the "
    "agent's host, or enrol it with add-agent --server"
)

CACHE_LIMIT_HEADER = "X-Bottega-Cache-Limit"
CACHE_ID_HEADER = "X-Bottega-Cache"
CACHE_KEY_HEADER = "X-Bottega-Cache-Key"
CACHE_BUILD_HEADER = "X-Bottega-Cache-Build"

SCAN_HEADER = "X-Bottega-Scan"
SCAN_STATE_HEADER = "X-Bottega-Scan-State"
SCAN = "scan"
"""The kind of upload that a result of a check is."""
SCAN_BYTES = 128 << 20
"""How many bytes a result may have, compressed."""


class TransferError(Exception):
    """It cannot be done; the message is a sentence for the owner of the build."""


class Missing(TransferError):
    """What was asked for is not there."""


class Transfers:
    """Of a run that has nobody to exchange with: everything is refused. Others override what they can."""

    def upload(
        self,
        kind: str,  # noqa: ARG002
        details: Mapping[str, Any],  # noqa: ARG002
        descriptor: int,  # noqa: ARG002
        size: int,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Hand over the first ``size`` bytes of an open file, to be kept as ``kind`` with ``details``.

        For an ``artifact`` the details are ``path``, ``package``, ``version``, ``stage`` and ``overwrite``, the answer
        has ``url``, ``size``, ``sha256``, ``replaced`` (the number of the build whose file is gone, or an empty text)
        and ``replaced_stage`` (the same of a stage of this build).
        For ``coverage`` the details are ``stage``, the answer has ``size`` and ``sha256``.
        For a ``cache`` they are ``tool``, ``key`` and ``unreadable`` (the id of a cache to be replaced, or an empty
        text), the answer has ``kept`` and ``sha256``. For a ``scan`` they are ``scan`` and ``reason``, why there is no
        result, or an empty text; the answer has ``sha256``. Raises TransferError.
        """
        raise TransferError(NO_SERVER)

    def download(self, what: str, query: Mapping[str, str]) -> Download:  # noqa: ARG002
        """Begin to get something kept. Raises TransferError, Missing."""
        raise TransferError(NO_SERVER)

    def close(self) -> None:
        """Let go of what is held."""


class Download:
    """``size`` in bytes, -1 when it is not known; ``facts`` as told by whoever keeps it; read ``pieces`` once.

    Reading raises TransferError.
    """

    __slots__ = ("facts", "pieces", "size")

    def __init__(self, size: int, facts: Mapping[str, str], pieces: Iterator[bytes]) -> None:
        self.size = size
        self.facts = facts
        self.pieces = pieces
