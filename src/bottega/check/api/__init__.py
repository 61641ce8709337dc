"""The operations of CodeArts Check."""

from litestar import Router

PUBLIC: tuple[str, ...] = ()
"""What strangers may call: the operations look themselves who is asking."""

ROUTES: list[Router] = []
