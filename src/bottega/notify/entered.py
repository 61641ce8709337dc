"""Where messages are to go, as people write it. Who reads it gets secrets masked, and may write the mask back."""

from bottega.errors import Invalid
from bottega.notify.channels import Channel
from bottega.notify.reach import Reach
from bottega.notify.sender import ROBOTS
from bottega.notify.target import MASK, Target

MAX_SECRET = 256


def read_url(field: str, text: str, channel: Channel, known: Target | None, reach: Reach) -> str:
    """A URL, or the masked form of the known one. Raises :class:`Invalid`."""
    if known is not None and text == known.shown(channel):
        return known.url
    if MASK in text:
        raise Invalid(
            field, f"holds {MASK} and is not what was shown of the present URL; write the whole URL"
        )
    reach.check_url(field, text)
    return text


def read_secret(field: str, text: str | None, channel: Channel, known: Target | None, url: str) -> str:
    """The key that messages to ``url`` are signed with, maybe empty. Raises :class:`Invalid`.

    None leaves it as it is while the URL stays; the mask does so in any case.
    """
    if text == MASK or (text is None and known is not None and known.url == url):
        text = known.secret if known else ""
    text = text or ""
    if text and not ROBOTS[channel].takes_secret:
        raise Invalid(field, f"robots of {channel} have no signing key")
    if len(text) > MAX_SECRET:
        raise Invalid(field, f"has {len(text)} characters, {MAX_SECRET} are allowed")
    if not text.isprintable():
        raise Invalid(field, "must not have control characters")
    return text
