"""The ways a message can take. The first four are CodeArts Build's ``notice_type`` values (reference, section 7.2)."""

from enum import StrEnum


class Channel(StrEnum):
    DING_TALK = "DING_TALK"
    MAIL = "MAIL"
    MESSAGE = "MESSAGE"
    WECOM = "WECOM"
    FEISHU = "FEISHU"
    WEBHOOK = "WEBHOOK"


TO_PEOPLE = (Channel.MAIL, Channel.MESSAGE)
"""Channels that lead to persons, whose addresses are known."""

POSTED = frozenset({Channel.DING_TALK, Channel.WECOM, Channel.FEISHU, Channel.WEBHOOK})
"""Channels that have a URL: three kinds of chat robots, and a plain webhook."""
