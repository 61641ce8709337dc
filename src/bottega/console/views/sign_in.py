"""Signing in with the name and password of an IAM user, and out again."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from bottega.console.forms import Form
from bottega.console.pages import Page
from bottega.console.places import SIGN_IN, onward
from bottega.console.session import COOKIE, session_cookie
from bottega.console.views.declaring import page as declared
from bottega.iam.callers import Caller
from bottega.iam.errors import TooManyAttempts, Unauthenticated
from bottega.iam.scopes import UNSCOPED
from bottega.iam.service import IamService
from bottega.iam.tokens import UserReference

_LONGEST_NAME = 64


@get("/sign-in", **declared())
def sign_in_page(page: NamedDependency[Page]) -> Response[Any]:
    wanted = onward(page.asked("next"))
    if page.principal is not None:
        return page.go(wanted)
    return page.show("sign_in.html", next_page=wanted, account="", user="", fault="")


@post("/sign-in", **declared())
def sign_in(
    request: Request[Any, Any, Any],
    page: NamedDependency[Page],
    form: NamedDependency[Form],
    iam: NamedDependency[IamService],
) -> Response[Any]:
    account, user = form.text("account")[:_LONGEST_NAME], form.text("user")[:_LONGEST_NAME]
    wanted = onward(form.text("next"))
    address = request.client.host if request.client is not None else ""
    who = UserReference(name=user, domain_name=account)
    try:
        issued = iam.tokens.issue_for_password(who, form.text("password"), UNSCOPED, address)
    except (Unauthenticated, TooManyAttempts) as error:
        return page.show(
            "sign_in.html",
            status_code=429 if isinstance(error, TooManyAttempts) else 401,
            next_page=wanted,
            account=account,
            user=user,
            fault=str(error),
        )
    secure = request.url.scheme == "https" or iam.public_url.startswith("https:")
    answer = page.go(wanted)
    answer.set_cookie(session_cookie(issued.text, secure=secure))
    return answer


@post("/sign-out", **declared())
def sign_out(
    request: Request[Any, Any, Any],
    page: NamedDependency[Page],
    caller: NamedDependency[Caller],
    iam: NamedDependency[IamService],
) -> Response[Any]:
    iam.tokens.revoke(caller, request.cookies[COOKIE])
    answer = page.go(SIGN_IN)
    gone = session_cookie("", secure=False)
    answer.delete_cookie(gone.key, path=gone.path)
    return answer


VIEWS = [sign_in_page, sign_in, sign_out]
