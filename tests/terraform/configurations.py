"""Configurations of the provider's acceptance tests, and one with everything its resources know."""

from typing import Any

from tests.terraform.task import Config

SCM = {
    "url": "git@git.example.com:group/shop.git",
    "scm_type": "codehub",
    "web_url": "https://git.example.com/group/shop",
    "repo_id": "2111746211",
    "branch": "master",
}

OPTIONS = {
    "name": "test",
    "type": "customizeparam",
    "defaultValue": "cs",
    "staticVar": "false",
    "sensitiveVar": "false",
    "deletion": "false",
    "defaults": "false",
}
"""A parameter, as its pairs of names and values."""

PROPERTIES = {
    "objectKey": "./",
    "backetName": "test",
    "uploadDirectory": True,
    "artifactSourcePath": "bin/*",
    "authorizationUser": {"displayName": "current user", "value": "build"},
    "obsHeaders": [{"headerKey": "1", "headerValue": "1"}],
}

STEPS: list[dict[str, Any]] = [
    {"enable": True, "module_id": "devcloud2018.codeci_action_20035.action", "name": "Docker Command"},
    {
        "enable": True,
        "module_id": "devcloud2018.codeci_action_20057.action",
        "name": "Update OBS",
        "properties": PROPERTIES,
    },
]


def pairs(values: dict[str, str]) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def updated(config: Config) -> Config:
    """The second configuration of the provider's acceptance test."""
    options = pairs(OPTIONS)
    options[2]["limits"] = [{"disable": "1", "name": "cs"}, {"name": "dfds"}]
    timer = {
        "spec": "53 15 * * 1,2,3,4,5",
        "timeZoneId": "Asia/Shanghai",
        "timeZone": "China_Standard_Time",
        "isDST": "false",
    }
    return {
        **config,
        "name": config["name"] + "-update",
        "parameters": [{"name": "hudson.model.StringParameterDefinition", "params": options}],
        "triggers": [{"name": "hudson.triggers.TimerTrigger", "parameters": pairs(timer)}],
        "steps": STEPS,
    }


def full(config: Config) -> Config:
    """Everything that the resource knows."""
    scm = {
        **SCM,
        "is_auto_build": True,
        "enable_git_lfs": True,
        "build_type": "branch",
        "depth": "5",
        "source": "codehub",
        "group_name": "group",
        "repo_name": "shop",
    }
    return {
        **config,
        "auto_update_sub_module": "true",
        "flavor": "4u8g",
        "host_type": "devcloud",
        "build_config_type": "ACTION",
        "build_if_code_updated": True,
        "scms": [scm],
    }
