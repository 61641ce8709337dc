"""What runs in a sandbox: a command, and the folders it may see."""

from __future__ import annotations

from bottega.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Bind(Value):
    """Shows the host path ``source`` at ``target`` inside, both absolute; ValueError names a bad field.

    ``is_link``: there is a symbolic link to ``source`` instead, which is shown by another bind.
    """

    __slots__ = ("is_link", "source", "target", "writable")
    source: str
    target: str
    writable: bool
    is_link: bool

    def __init__(self, source: str, target: str, writable: bool = False, is_link: bool = False) -> None:
        _require_path("source", source)
        _require_path("target", target)
        self._fill(source=source, target=target, writable=writable, is_link=is_link)


class Command(Value):
    """One command with its exact environment; ``cwd`` is a path as seen inside, such as ``/workspace/app``.

    ``stdin`` is what it reads, or the descriptor of an open file that it reads from where that stands. ``nested``: it
    works with container images and may make user and mount namespaces below its own. It alone sees the folders
    ``binds``.

    Raises ValueError naming the field that cannot be passed to a process.
    """

    __slots__ = ("argv", "binds", "cwd", "env", "nested", "network", "stdin")
    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: str
    network: bool
    stdin: bytes | int
    nested: bool
    binds: Sequence[Bind]

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        cwd: str = "/workspace",
        network: bool = True,
        *,
        stdin: bytes | int = b"",
        nested: bool = False,
        binds: Sequence[Bind] = (),
    ) -> None:
        if not argv or not argv[0]:
            raise ValueError("argv must name a program")
        for argument in argv:
            if "\0" in argument:
                raise ValueError("argv must not contain a NUL character")
        for name, value in env.items():
            if not name or "=" in name or "\0" in name:
                raise ValueError(f"env has a name that no process can take: {name!r}")
            if "\0" in value:
                raise ValueError(f"env {name} must not contain a NUL character")
        _require_path("cwd", cwd)
        self._fill(
            argv=tuple(argv),
            env=dict(env),
            cwd=cwd,
            network=network,
            stdin=stdin,
            nested=nested,
            binds=tuple(binds),
        )

    def __repr__(self) -> str:
        # env and stdin carry secrets, and representations end up in logs
        return f"Command(argv={list(self.argv)!r}, cwd={self.cwd!r}, network={self.network})"


def _require_path(field: str, value: str) -> None:
    if not value.startswith("/") or "\0" in value:
        raise ValueError(f"{field} must be an absolute path, not {value!r}")
    if ".." in value.split("/"):
        raise ValueError(f"{field} must not contain '..': {value!r}")
