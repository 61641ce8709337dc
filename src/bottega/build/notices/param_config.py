"""``param_config``: where a robot or webhook is, as text. What CodeArts writes there is documented nowhere.

Ours is JSON: ``{"webhook_url": …, "secret": …, "at_user_ids": "a;b"}``; a bare URL means a ``webhook_url`` alone.
Whoever reads it gets secrets masked, and may write the masked text back: what it hides then stays as it is.
"""

import msgspec

from bottega.errors import Invalid
from bottega.notify.channels import POSTED, Channel
from bottega.notify.entered import read_secret, read_url
from bottega.notify.reach import Reach
from bottega.notify.target import MASK, Target

FIELD = "param_config"
MAX_TEXT = 4096
MAX_MENTIONS = 1000


class RobotConfig(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The JSON object; a key that is left out leaves as it is what the text before had."""

    webhook_url: str | None = None
    secret: str | None = None
    at_user_ids: str | None = None


def read(text: str, channel: Channel, known: Target | None, reach: Reach) -> Target | None:
    """What the text says, or None for ``{}``: the target is to be forgotten. Raises :class:`Invalid`."""
    if channel not in POSTED:
        raise Invalid(FIELD, f"{channel} has nothing to configure; leave it empty")
    config = _decoded(text)
    if config == RobotConfig():
        return None
    url = _url(config, channel, known, reach)
    same_place = known is not None and known.url == url
    mention = config.at_user_ids
    kept = known.mention if known and same_place else ()
    return Target(
        url=url,
        secret=read_secret(f"{FIELD}.secret", config.secret, channel, known, url),
        mention=kept if mention is None else _mentions(mention, channel),
    )


def shown(target: Target, channel: Channel) -> str:
    """The JSON text with its secrets masked."""
    config = RobotConfig(webhook_url=target.shown(channel))
    if target.secret:
        config.secret = MASK
    if target.mention:
        config.at_user_ids = ";".join(target.mention)
    return msgspec.json.encode(config).decode()


def _decoded(text: str) -> RobotConfig:
    if len(text) > MAX_TEXT:
        raise Invalid(FIELD, f"has {len(text)} characters, {MAX_TEXT} are allowed")
    if text.lower().startswith(("http://", "https://")):
        return RobotConfig(webhook_url=text)
    try:
        return msgspec.json.decode(text, type=RobotConfig)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        wanted = "a URL, or a JSON object with webhook_url, secret and at_user_ids"
        why = f": {error}" if isinstance(error, msgspec.ValidationError) else ""
        raise Invalid(FIELD, f"expected {wanted}{why}") from None


def _url(config: RobotConfig, channel: Channel, known: Target | None, reach: Reach) -> str:
    if config.webhook_url is not None:
        return read_url(f"{FIELD}.webhook_url", config.webhook_url, channel, known, reach)
    if known is None:
        raise Invalid(f"{FIELD}.webhook_url", "is missing, and there is none yet")
    return known.url


def _mentions(text: str, channel: Channel) -> tuple[str, ...]:
    field = f"{FIELD}.at_user_ids"
    ids = tuple(one.strip() for one in text.split(";") if one.strip())
    if ids and channel is Channel.WEBHOOK:
        raise Invalid(field, "a webhook has nobody to call")
    if len(text) > MAX_MENTIONS:
        raise Invalid(field, f"has {len(text)} characters, {MAX_MENTIONS} are allowed")
    if not text.isprintable():
        raise Invalid(field, "must not have control characters")
    return ids
