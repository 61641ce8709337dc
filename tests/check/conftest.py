"""Fixtures of code check: those of the build domain, which has the same server, tenants and projects."""

from collections.abc import Callable
from typing import Any

import pytest
from huaweicloudsdkcodeartscheck.v2 import CodeArtsCheckClient
from huaweicloudsdkcore.auth.credentials import BasicCredentials

from tests.build.conftest import alice, bob, project_id, server, settings, workshop
from tests.build.harness import Server

__all__ = ["alice", "bob", "project_id", "server", "settings", "workshop"]


@pytest.fixture
def sdk(server: Server) -> Callable[[str], Any]:
    """The official SDK as a caller; its own annotations are too wide to be of use."""

    def client(name: str) -> Any:
        credentials = BasicCredentials(name, "secret", "0" * 32)
        builder = CodeArtsCheckClient.new_builder().with_credentials(credentials)
        return builder.with_endpoint(server.url).build()

    return client
