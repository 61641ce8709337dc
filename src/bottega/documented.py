"""JSON Schema keywords beside a type: they are in the OpenAPI description and decide nothing.

What is refused, and with which field, reason and code, is for the services to say; a decoder that enforced a pattern
would answer with its own words and the family's most general code.
"""

from typing import Any

import msgspec


def documented(**keywords: Any) -> msgspec.Meta:
    """``Annotated[str, documented(pattern="^a+$")]``: a body's field with these keywords of JSON Schema."""
    return msgspec.Meta(extra_json_schema={"extra": keywords})
