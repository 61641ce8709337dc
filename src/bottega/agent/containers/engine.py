"""The container engine of a host: buildah, which needs no daemon. Imported by runners: it imports little."""

from __future__ import annotations

from bottega.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAME = "buildah"
"""What agents offer and steps demand it as."""
NOT_LOOKED = "the agent has not looked for a container engine yet"

FOLDER = "/containers"
"""Where the commands of the engine see the images of their attempt and the credentials for registries."""
CONFIGURATION = "/etc/containers"
_STORE, _RUN, _TEMPORARY, AUTH = f"{FOLDER}/store", "/tmp/containers", f"{FOLDER}/tmp", f"{FOLDER}/auth.json"  # noqa: S108

# The engine is root in a user namespace below the sandbox's: what the sandbox has mounted cannot be changed there.
_AS_ROOT = ("/usr/bin/unshare", "--user", "--map-root-user", "--mount", "--", "/bin/sh", "-c")
# A file for credentials that is not there is an error to it.
_PRELUDE = """engine() {{ {program} --root {store} --runroot {run} --storage-driver {driver} "$@"; }}
mkdir -p {temporary} || exit
[ -e {auth} ] || (umask 077; echo '{{}}' >{auth})
"""


class Engine(Value):
    """``program`` is its path inside the sandbox, ``driver`` how it stores images: ``overlay`` or ``vfs``.

    ``missing`` says why there is none, or why it cannot be used here; empty when it can.
    """

    __slots__ = ("driver", "missing", "program", "version")
    program: str
    version: str
    driver: str
    missing: str

    def __init__(
        self, program: str = "", version: str = "", driver: str = "", missing: str = NOT_LOOKED
    ) -> None:
        self._fill(program=program, version=version, driver=driver, missing=missing)

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Engine:
        """The inverse of ``to_dict``. Raises KeyError."""
        return cls(*(str(data[name]) for name in ("program", "version", "driver", "missing")))

    def shell(self, script: str, arguments: Sequence[str] = ()) -> list[str]:
        """The command that runs a script of ours; in it, ``engine`` is the engine, and arguments are ``$1`` and on."""
        prelude = _PRELUDE.format(
            program=self.program, driver=self.driver, store=_STORE, run=_RUN, temporary=_TEMPORARY, auth=AUTH
        )
        return [*_AS_ROOT, prelude + script, "containers", *arguments]

    @staticmethod
    def environment(env: Mapping[str, str]) -> dict[str, str]:
        """The variables the engine needs, beside what of ``env`` is none of those."""
        return {
            **env,
            # It finds itself root and is to make no namespace of users again, for which it has no ids.
            "_CONTAINERS_USERNS_CONFIGURED": "done",
            "BUILDAH_ISOLATION": "chroot",
            "REGISTRY_AUTH_FILE": AUTH,
            "TMPDIR": _TEMPORARY,
        }
