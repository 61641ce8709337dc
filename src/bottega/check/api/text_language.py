"""The language that clients want texts in."""

from typing import Annotated

from litestar.params import HeaderParameter

ENGLISH = "en"

AcceptLanguage = Annotated[
    str, HeaderParameter(name="X-Language", description="zh-cn, or en-us for texts in English")
]


def in_english(accepted: str) -> bool:
    """Whether texts are wanted in English; Chinese is the default of the API."""
    return accepted.strip().casefold().startswith(ENGLISH)
