"""What the person sees."""

import re
import shlex
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

_LINE = re.compile(r"\[\S+ (\d\d:\d\d:\d\d)\.\d+ [^\]]*\] \[([A-Z]+)\] (.*)")
_LEVEL_STYLES = {"WARN": "yellow", "ERROR": "bold red"}
_STATUS_STYLES = {"SUCCESS": "bold green", "RUNNING": "cyan", "SKIPPED": "dim"}
_SEVERITIES = {
    "0": ("critical", "bold red"),
    "1": ("major", "red"),
    "2": ("minor", "yellow"),
    "3": ("suggestion", "dim"),
}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Screen:
    """Lines, tables and the words at the end, on the terminal or in a file."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)

    def say(self, line: str, style: str = "") -> None:
        """One line."""
        self._console.print(Text(line, style))

    def log(self, text: str) -> None:
        """Lines of a build's log. Control characters in them stay without effect on the terminal."""
        for line in text.splitlines():
            found = _LINE.fullmatch(line)
            shown = Text("  ")
            if found:
                shown.append(f"{found[1]} ", "dim")
            level = found[2] if found else ""
            shown.append(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", found[3] if found else line))
            shown.stylize(
                _LEVEL_STYLES.get(level, ""), start=len(shown.plain) - len(found[3]) if found else 0
            )
            self._console.print(shown)

    def record(self, record: dict[str, Any], stages: list[dict[str, Any]]) -> None:
        """The build record and its stages."""
        facts = Table(title=f"Build {record['build_no']}", show_header=False, title_justify="left")
        for name, value in (
            ("status", _status(record["status"])),
            ("reason", Text(record["err_msg"] or "")),
            ("record", Text(record["build_record_id"])),
            ("branch", Text(record["branch"])),
            ("commit", Text(f"{record['commit'][:8]} {record['commit_message']}".strip())),
            ("duration", Text(_seconds(record["duration"]))),
        ):
            facts.add_row(name, value)
        steps = Table("stage", "status", "duration", title="Stages", title_justify="left")
        for stage in stages:
            steps.add_row(stage["display_name"], _status(stage["status"]), _seconds(stage["duration"]))
        self._console.print()
        # Tables measure the terminal themselves.
        self._console.print(facts, soft_wrap=False)
        self._console.print(steps, soft_wrap=False)

    def issues(self, issues: list[dict[str, Any]]) -> None:
        """What a check has found, the gravest first."""
        found = Table("severity", "place", "rule", "issue", title="Issues", title_justify="left")
        for issue in sorted(issues, key=lambda one: (one["defect_level"], one["file_path"])):
            word, style = _SEVERITIES[issue["defect_level"]]
            place = f"{issue['file_path']}:{issue['line_number']}"
            message = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", issue["defect_content"])
            found.add_row(Text(word, style), Text(place), Text(issue["rule_name"]), Text(message))
        self._console.print()
        self._console.print(found if issues else Text("No issues were found."), soft_wrap=False)

    def how_to_go_on(
        self, endpoint: str, credentials: Path, request: Path, job_id: str, project_id: str
    ) -> None:
        """Where everything is, and commands to paste into a second terminal."""
        asked = "-H \"X-Auth-Token: $TOKEN\" -H 'Content-Type: application/json'"
        self.say("")
        self.say("The server stays up. To go on:", "bold")
        self.say(f"  address        {endpoint}")
        self.say(f"  credentials    {credentials}")
        self.say(f"  project        {project_id}")
        self.say(f"  build task     {job_id}")
        self.say("")
        self.say("In another terminal, as the same user, run the task again and list its builds:")
        self.say("")
        self.say("TOKEN=$(curl -sS -D - -o /dev/null -H 'Content-Type: application/json' \\")
        self.say(f"  -d @{shlex.quote(str(request))} {endpoint}/v3/auth/tokens \\")
        self.say("  | tr -d '\\r' | awk 'tolower($1) == \"x-subject-token:\" { print $2 }')")
        self.say(f"curl -sS {asked} \\")
        self.say(f'  -d \'{{"job_id": "{job_id}"}}\' {endpoint}/v1/job/execute; echo')
        self.say(f"curl -sS {asked} \\")
        self.say(f"  '{endpoint}/v3/jobs/{job_id}/history'; echo")
        self.say("")
        self.say("Ctrl-C ends the server and everything it runs; what it knows is kept for the next time.")


def _status(word: str) -> Text:
    return Text(word, _STATUS_STYLES.get(word, "bold red"))


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.2f} s"
