"""What tests of rules and rule sets share."""

from typing import Any

from huaweicloudsdkcodeartscheck.v2 import CodeArtsCheckClient, CreateRulesetRequest, Ruleset
from huaweicloudsdkcore.auth.credentials import BasicCredentials

from bottega.check.rulesets.system import system_set
from tests.build.harness import Server

PYTHON = system_set("PYTHON")
UNUSED_IMPORT, ASSERT, COMPLEX = "ruff:F401", "ruff:S101", "ruff:C901"


def sdk_of(server: Server, name: str) -> Any:
    """The official SDK as this caller; its own annotations are too wide to be of use."""
    credentials = BasicCredentials(name, "secret", "0" * 32)
    builder = CodeArtsCheckClient.new_builder().with_credentials(credentials)
    return builder.with_endpoint(server.url).build()


def made(sdk: Any, project_id: str, name: str = "own", **more: Any) -> str:
    """The id of a new Python rule set, based on the system's general one unless told otherwise."""
    given = {"is_default": "1", "template_id": PYTHON.id, "rule_ids": "", **more}
    body = Ruleset(project_id=project_id, template_name=name, language="python", **given)
    return sdk.create_ruleset(CreateRulesetRequest(body=body)).template_id
