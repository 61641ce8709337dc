"""Whether two URLs name one repository, however each is written."""

from urllib.parse import unquote

from bottega.scm.giturl import GitUrl, UrlRefused, parse


def place(url: str) -> tuple[str, str] | None:
    """Host and path without what depends on the way there: scheme, user, port, ``.git``. None for no repository URL."""
    try:
        parsed: GitUrl = parse(url)
    except UrlRefused:
        return None
    path = unquote(parsed.path).strip("/").removesuffix(".git").rstrip("/")
    # Forges do not tell letters apart by case; file systems do.
    return parsed.host, path if parsed.scheme == "file" else path.casefold()


def same_repository(url: str, others: list[str]) -> bool:
    """Whether ``url`` is one of the addresses that ``others`` are."""
    wanted = place(url)
    return wanted is not None and any(place(one) == wanted for one in others)
