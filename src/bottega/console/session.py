"""Who is signed in: the cookie holds a token of the API without any scope, and nothing else is kept anywhere."""

import hashlib
import hmac

from litestar.datastructures import Cookie

from bottega.console.places import ROOT

COOKIE = "bottega_session"
_HOURS = 24


def session_cookie(token: str, *, secure: bool) -> Cookie:
    """No script can read it, no other site can use it, and the API never sees it."""
    return Cookie(
        COOKIE,
        value=token,
        path=ROOT,
        max_age=_HOURS * 3600,
        httponly=True,
        samesite="lax",
        secure=secure,
    )


def form_proof(token: str) -> str:
    """What forms carry as proof that they come from our own pages; it says nothing of the token."""
    return hmac.new(
        token.encode("utf-8", "surrogateescape"), b"form of the console", hashlib.sha256
    ).hexdigest()


def is_proof(token: str, given: str) -> bool:
    """Whether a form was made for this session."""
    return hmac.compare_digest(form_proof(token).encode(), given.encode("utf-8", "surrogateescape"))
