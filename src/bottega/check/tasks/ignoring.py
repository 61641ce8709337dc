"""The tree of files that a task looks at, or not. Pure functions: known files and ignored paths in, states out.

A folder that is ignored is kept as one path, so that files that come into it later are ignored too.
"""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from bottega.check.tasks.texts import MAX_PATHS, checked_path, checked_word
from bottega.errors import Invalid

UNCHECKED, ALL, HALF = "unchecked", "all", "half"
"""Looked at; ignored with all below; something below is ignored."""
STATES = (UNCHECKED, ALL, HALF)


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A file or folder. ``leaf``: a file."""

    name: str
    path: str
    leaf: bool
    state: str


def checked(nodes: Sequence[tuple[str, str]], field: str) -> list[tuple[str, str]]:
    """Pairs of path and state as a client sent them. Raises :class:`Invalid`."""
    if len(nodes) > MAX_PATHS:
        raise Invalid(field, f"has more than {MAX_PATHS} entries")
    return [
        (
            checked_path(path, f"{field}[{index}].file_path"),
            checked_word(state, f"{field}[{index}].checkbox_status", STATES),
        )
        for index, (path, state) in enumerate(nodes)
    ]


def level(files: Iterable[str], ignored: Collection[str], folder: str) -> list[Node]:
    """What lies directly in a folder (empty: the root): folders first, each by name.

    Ignored paths are shown also where no check has seen them.
    """
    beginning = f"{folder}/" if folder else ""
    leaves: dict[str, bool] = {}
    for path in [*files, *ignored]:
        if path.startswith(beginning):
            name, slash, _ = path[len(beginning) :].partition("/")
            leaves[name] = leaves.get(name, True) and not slash
    found = [
        Node(name=name, path=beginning + name, leaf=leaf, state=state_of(beginning + name, ignored))
        for name, leaf in leaves.items()
    ]
    return sorted(found, key=lambda node: (node.leaf, node.name))


def state_of(path: str, ignored: Collection[str]) -> str:
    """How a path is shown."""
    if _above(path, ignored):
        return ALL
    return HALF if any(one.startswith(f"{path}/") for one in ignored) else UNCHECKED


def applied(
    ignored: Iterable[str], changes: Iterable[tuple[str, str]], files: Collection[str], field: str
) -> list[str]:
    """What is ignored after the changes, folders before what they contain.

    To look at a file of an ignored folder means to ignore everything else in it, as far as it is known. Raises
    :class:`Invalid` where nothing is known of it, and for more paths than a task may ignore.
    """
    kept = set(ignored)
    for path, state in sorted(changes, key=lambda change: change[0].count("/")):
        if state == HALF:
            # Follows from what is below.
            continue
        above = _above(path, kept)
        if state == ALL:
            if not above:
                kept = {one for one in kept if not one.startswith(f"{path}/")} | {path}
            continue
        kept = {one for one in kept if one != path and not one.startswith(f"{path}/")}
        if above and above != path:
            kept = (kept - {above}) | _others(path, above, files, field)
    if len(kept) > MAX_PATHS:
        raise Invalid(field, f"more than {MAX_PATHS} paths would be ignored")
    return sorted(kept)


def _above(path: str, ignored: Collection[str]) -> str:
    """The ignored path that has this one in it, or is it; empty for none."""
    parts = path.split("/")
    for length in range(1, len(parts) + 1):
        beginning = "/".join(parts[:length])
        if beginning in ignored:
            return beginning
    return ""


def _others(path: str, above: str, files: Collection[str], field: str) -> set[str]:
    """Everything in ``above`` beside ``path``, in as few paths as possible."""
    if not any(one == path or one.startswith(f"{path}/") for one in files):
        raise Invalid(
            field, f"{above} is ignored as a whole and {path} is not known in it: look at {above} again"
        )
    others: set[str] = set()
    folder = above
    for part in path[len(above) + 1 :].split("/"):
        others |= {node.path for node in level(files, (), folder) if node.name != part}
        folder = f"{folder}/{part}"
    return others
