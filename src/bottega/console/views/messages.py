"""What users are told: their own messages, the newest first."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from bottega.console.forms import Form
from bottega.console.pages import Page
from bottega.console.places import ROOT
from bottega.console.views.declaring import page as declared
from bottega.iam.principal import Principal
from bottega.notify.inbox import Inbox

EACH = 25


@get("/messages", **declared())
def messages(
    page: NamedDependency[Page], principal: NamedDependency[Principal], inbox: NamedDependency[Inbox]
) -> Response[str]:
    found = inbox.page(principal, offset=(page.number - 1) * EACH, limit=EACH)
    return page.show(
        "messages.html",
        messages=found,
        unread=inbox.unread(principal),
        total=inbox.count(principal),
        each=EACH,
    )


@post("/messages/read", **declared())
def read_messages(
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    form: NamedDependency[Form],
    inbox: NamedDependency[Inbox],
) -> Response[Any]:
    one = form.text("message")
    inbox.mark_read(principal, [one] if one else None)
    return page.go(f"{ROOT}/messages", "read")


VIEWS = [messages, read_messages]
