"""The frames around results: which operation has ``error`` and which has not is part of the contract."""

import msgspec


class ResultEnvelope(msgspec.Struct, kw_only=True):
    """``{"result": …, "error": null, "status": "success"}``: a subclass adds ``result``."""

    error: str | None = None
    status: str = "success"


class StatusEnvelope(msgspec.Struct, kw_only=True):
    """``{"status": "success"}``, with or without ``result`` and never with ``error``."""

    status: str = "success"
