"""Where the console is, and where a sign-in may lead to."""

import re
from urllib.parse import quote

from bottega.links import CONSOLE

ROOT = CONSOLE
STATIC = f"{ROOT}/static"
SIGN_IN = f"{ROOT}/sign-in"
PUBLIC = (f"* {ROOT}/*",)
"""For the authentication of the API: the console has its own door."""

_OURS = re.compile(rf"{ROOT}(?:/[\w./-]*)?(?:\?[\w.=&%+-]*)?", re.ASCII)
_LONGEST = 1000


def is_ours(path: str) -> bool:
    """Whether the path is the console's."""
    return path == ROOT or path.startswith(f"{ROOT}/")


def onward(wanted: str) -> str:
    """Where to go after signing in: a page of ours, whatever a link says."""
    return wanted if len(wanted) <= _LONGEST and _OURS.fullmatch(wanted) else ROOT


def sign_in(wanted: str) -> str:
    """The sign-in page that leads on to ``wanted``."""
    return SIGN_IN if onward(wanted) == ROOT else f"{SIGN_IN}?next={quote(wanted, safe='')}"
