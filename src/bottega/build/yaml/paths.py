"""Paths below a folder, as text."""


def outside(path: str) -> bool:
    """Whether a path is none below its folder: empty, absolute, with ``..``, a backslash or a control character."""
    parts = path.split("/")
    return not path.strip() or path.startswith("/") or ".." in parts or "\\" in path or not path.isprintable()
