"""The policy for repository URLs that follows from an installation's settings."""

from bottega.scm.urls import UrlPolicy
from bottega.settings import Settings


def url_policy(settings: Settings) -> UrlPolicy:
    """What both the API, when a task is saved or run, and the agents, when they check out, hold a URL against."""
    return UrlPolicy(
        file_urls=settings.file_urls_allowed,
        allow_http=settings.scm.allow_http,
        loopback=settings.listens_on_loopback,
        allowed_hosts=tuple(settings.scm.allowed_hosts),
        closed_folders=(str(settings.data),),
    )
