"""What a run is told about git: the policy, the credentials and the limits, as they stand in its specification."""

from __future__ import annotations

from bottega.scm.credentials import Credential
from bottega.scm.urls import UrlPolicy
from bottega.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

DEFAULT_FETCH_SECONDS = 1800.0
DEFAULT_MAX_BYTES = 8 * 1024**3


class GitOptions(Value):
    """How repositories may be reached.

    ``fetch_seconds`` limits one fetch, ``max_bytes`` the size of one pack file. ``ca_file`` names certificates to trust
    instead of the system's.
    """

    __slots__ = ("ca_file", "credentials", "fetch_seconds", "max_bytes", "policy")
    policy: UrlPolicy
    credentials: tuple[Credential, ...]
    fetch_seconds: float
    max_bytes: int
    ca_file: str

    def __init__(
        self,
        policy: UrlPolicy | None = None,
        credentials: Iterable[Credential] = (),
        fetch_seconds: float = DEFAULT_FETCH_SECONDS,
        max_bytes: int = DEFAULT_MAX_BYTES,
        ca_file: str = "",
    ) -> None:
        self._fill(
            policy=policy or UrlPolicy(),
            credentials=tuple(credentials),
            fetch_seconds=fetch_seconds,
            max_bytes=max_bytes,
            ca_file=ca_file,
        )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> GitOptions:
        """The options from their JSON form; raises ValueError naming a field that is wrong."""
        unknown = set(values) - set(cls.__slots__)
        if unknown:
            raise ValueError(f"unknown git option: {', '.join(sorted(unknown))}")
        return cls(
            policy=UrlPolicy.from_dict(values.get("policy", {})),
            credentials=tuple(Credential.from_dict(one) for one in values.get("credentials", ())),
            fetch_seconds=float(values.get("fetch_seconds", DEFAULT_FETCH_SECONDS)),
            max_bytes=int(values.get("max_bytes", DEFAULT_MAX_BYTES)),
            ca_file=str(values.get("ca_file", "")),
        )
