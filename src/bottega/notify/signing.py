"""Signatures of the kinds robots and webhooks ask for; all are HMAC-SHA256."""

import hmac
from base64 import b64encode


def base64_hmac(key: str, text: str) -> str:
    """The signature in Base64: robots of DingTalk and Feishu."""
    return b64encode(hmac.digest(key.encode(), text.encode(), "sha256")).decode()


def hex_hmac(key: str, content: bytes) -> str:
    """The signature in hexadecimal: plain webhooks."""
    return hmac.digest(key.encode(), content, "sha256").hex()
