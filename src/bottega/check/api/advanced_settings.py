"""Settings of a task by key: those the live service names, and our own for what it has no operation for."""

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec

from bottega.check.api.gate_models import ReviewData, gate_of, review_data
from bottega.check.api.task_arguments import moment, read_moment
from bottega.check.tasks.service import MAX_ENDPOINT, Shown
from bottega.check.tasks.settings import TaskSettings
from bottega.check.tasks.texts import checked_include, checked_text, checked_word
from bottega.errors import SHOWN, Invalid

FIELD = "task_advanced_settings"
DEFAULT_KEYS = ("customImage", "authId")
TASK_NAME = "taskName"
MAX_KEY = 64
MAX_VALUE = 4096
MAX_KEPT = 100
MOST_LINES = 2**31 - 1
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_TRUTH = ("true", "false")
_FULL, _NEWEST = "0", "1"


class TaskAdvancedSettings(msgspec.Struct, kw_only=True):
    """``option_value`` has the values a setting can have, with commas between them."""

    key: str
    value: str
    option_value: str
    description: str


class ShowTaskSettingsResponse(msgspec.Struct, kw_only=True):
    info: list[TaskAdvancedSettings]
    total: int


class TaskAdvancedSettingsItem(msgspec.Struct, kw_only=True):
    key: str
    value: str


class UpdateTaskSettingsRequestBody(msgspec.Struct, kw_only=True):
    task_advanced_settings: list[TaskAdvancedSettingsItem]

    def values(self) -> dict[str, str]:
        """By key. Raises :class:`Invalid`."""
        if len(self.task_advanced_settings) > MAX_KEPT:
            raise Invalid(FIELD, f"has more than {MAX_KEPT} settings")
        found: dict[str, str] = {}
        for index, one in enumerate(self.task_advanced_settings):
            if len(one.key) > MAX_KEY or not _KEY.fullmatch(one.key):
                raise Invalid(f"{FIELD}[{index}].key", f"{one.key[:SHOWN]!r} is no name of a setting")
            found[one.key] = one.value
        return found


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """How a setting is read and written; ``write`` raises :class:`Invalid`."""

    description: str
    read: Callable[[TaskSettings], str]
    write: Callable[[TaskSettings, str, str], None]
    options: Sequence[str] = ()


def _truth(field: str, description: str) -> Setting:
    def write(settings: TaskSettings, value: str, place: str) -> None:
        setattr(settings, field, checked_word(value.lower(), place, _TRUTH) == "true")

    return Setting(
        description=description,
        read=lambda settings: str(bool(getattr(settings, field))).lower(),
        write=write,
        options=_TRUTH,
    )


def _write_include(settings: TaskSettings, value: str, place: str) -> None:
    settings.include = checked_include(value, place)


def _write_endpoint(settings: TaskSettings, value: str, place: str) -> None:
    settings.endpoint_id = checked_text(value, place, MAX_ENDPOINT)


def _read_gate(settings: TaskSettings) -> str:
    return msgspec.json.encode(review_data(settings.gate)).decode()


def _write_gate(settings: TaskSettings, value: str, place: str) -> None:
    try:
        lines = msgspec.json.decode(value, type=list[ReviewData])
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        raise Invalid(place, "is no JSON list of gate items") from None
    settings.gate = gate_of(lines, place, coverage=bool(settings.gate and settings.gate.coverage))


def _write_lines(settings: TaskSettings, value: str, place: str) -> None:
    if not re.fullmatch("[0-9]{1,10}", value) or int(value) > MOST_LINES:
        raise Invalid(place, f"is no whole number between 0 and {MOST_LINES}")
    settings.max_lines = int(value)


def _write_new_since(settings: TaskSettings, value: str, place: str) -> None:
    settings.new_since = read_moment(value, place) if value else 0


def _write_mode(settings: TaskSettings, value: str, place: str) -> None:
    settings.check_mode = int(checked_word(value, place, (_FULL, _NEWEST)))


SETTINGS: Mapping[str, Setting] = {
    "includePaths": Setting(
        description="Folders the check is limited to, with commas between them",
        read=lambda settings: ",".join(settings.include),
        write=_write_include,
    ),
    "authId": Setting(
        description="Kept, without effect: the credentials of hosts are in the settings of the server",
        read=lambda settings: settings.endpoint_id,
        write=_write_endpoint,
    ),
    "reviewData": Setting(description="The quality gate", read=_read_gate, write=_write_gate),
    "checkMode": Setting(
        description="0: the whole branch; 1: files of its newest commit",
        read=lambda settings: str(settings.check_mode),
        write=_write_mode,
        options=(_FULL, _NEWEST),
    ),
    "maxLines": Setting(
        description="Files with more lines are not analysed; 0 is no limit",
        read=lambda settings: str(settings.max_lines),
        write=_write_lines,
    ),
    "newIssueTime": Setting(
        description="Issues found from this moment on are new (yyyy-MM-ddTHH:mm:ssZ); without it, those the check "
        "before did not have",
        read=lambda settings: moment(settings.new_since) or "" if settings.new_since else "",
        write=_write_new_since,
    ),
    "ownConfig": _truth("own_config", "Whether analysers read their configuration from the repository"),
    "submodules": _truth("submodules", "Whether submodules are checked as well"),
    "ownerMatching": _truth("owner_matching", "Whether the author of a line becomes the owner of its issue"),
    "enableFossbot": _truth(
        "fossbot", "Kept, without effect: no analyser here looks for open source software"
    ),
}
"""Those with a meaning of their own; any other key is kept and shown as it is."""

TEXTS = {
    "customImage": "Kept, without effect: checks run with the analysers of their agent",
    TASK_NAME: "The name of the task",
}


def shown(task: Shown, keys: Sequence[str]) -> list[TaskAdvancedSettings]:
    """Settings by key, in this order; keys without a value have an empty one."""
    return [_shown(task, key) for key in keys]


def all_keys(task: Shown) -> list[str]:
    """Every key that the task may be asked for."""
    return list(dict.fromkeys([*TEXTS, *SETTINGS, *task.settings.advanced]))


def apply(settings: TaskSettings, values: Mapping[str, str]) -> None:
    """Write settings by key. Raises :class:`Invalid`."""
    for key, value in values.items():
        if key in SETTINGS:
            SETTINGS[key].write(settings, value, key)
        elif key != TASK_NAME:
            settings.advanced[key] = checked_text(value, key, MAX_VALUE)
    if len(settings.advanced) > MAX_KEPT:
        raise Invalid(FIELD, f"a task keeps at most {MAX_KEPT} settings")


def _shown(task: Shown, key: str) -> TaskAdvancedSettings:
    setting = SETTINGS.get(key)
    if setting is not None:
        return TaskAdvancedSettings(
            key=key,
            value=setting.read(task.settings),
            option_value=",".join(setting.options),
            description=setting.description,
        )
    value = task.task.name if key == TASK_NAME else task.settings.advanced.get(key, "")
    return TaskAdvancedSettings(key=key, value=value, option_value="", description=TEXTS.get(key, ""))
