"""Whether two URLs name one repository, however each is written."""

from urllib.parse import unquote

from bottega.scm.giturl import UrlRefused, parse


def place(url: str) -> tuple[str, str] | None:
    """Host and path without what depends on the way there: scheme, user, port, ``.git``. None for no repository URL."""
    try:
        parsed = parse(url)
    except UrlRefused:
        return None
    path = unquote(parsed.path).strip("/").removesuffix(".git").rstrip("/")
    # Forges do not tell letters apart by case; file systems do.
    return parsed.host, path if parsed.scheme == "file" else path.casefold()


def same_repository(one: str, other: str) -> bool:
    """Whether both are addresses of one repository."""
    wanted = place(one)
    return wanted is not None and place(other) == wanted
