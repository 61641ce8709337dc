"""All that starts checks by itself."""

import msgspec

from bottega.scm.news import BranchMoved, MergeAsked


class ClockStruck(msgspec.Struct, frozen=True, kw_only=True, tag="clock"):
    """The time of a schedule has come, which the user ``user_id`` has saved."""

    user_id: str


Occasion = BranchMoved | MergeAsked | ClockStruck
