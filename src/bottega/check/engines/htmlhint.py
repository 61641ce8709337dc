"""HTMLHint: HTML."""

import json
import subprocess
from pathlib import Path
from typing import Any

from bottega.check.engines.base import (
    GENERAL,
    OPTIONAL,
    Analysis,
    Engine,
    EngineFailed,
    EngineMissing,
    Job,
    Located,
    RuleFacts,
)
from bottega.check.engines.node_folder import INSTALL, node, package
from bottega.check.engines.reading import CATALOGUE_SECONDS, last_line, relative
from bottega.check.findings import RawFinding
from bottega.check.severities import Severity

_DRIVER = Path(__file__).parent / "node" / "htmlhint.cjs"
_AT_LEAST = (1, 1)


class HtmlHint(Engine):
    """Looks at tags and attributes of pages."""

    name = "htmlhint"
    title = "HTMLHint"
    url = "https://htmlhint.com/"
    licence = "MIT"
    languages = frozenset({"HTML"})
    install = INSTALL
    outside = True
    batch = 1000

    def locate(self) -> Located:
        folder, version = package("htmlhint")
        if tuple(int(part) for part in version.split(".")[:2]) < _AT_LEAST:
            raise EngineMissing(f"htmlhint is outdated: version {version}; get a newer one with: {INSTALL}")
        # Its neighbours are what it needs itself.
        packages = str(folder.parent)
        return Located(command=(node(), str(_DRIVER), str(folder)), version=version, binds=(packages,))

    def rules(self, located: Located) -> list[RuleFacts]:
        program, driver, folder = located.command
        try:
            done = subprocess.run(
                [program, driver],
                input=json.dumps({"package": folder}).encode(),
                capture_output=True,
                timeout=CATALOGUE_SECONDS,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise EngineFailed(f"htmlhint: {error}") from None
        told = json.loads(done.stdout)
        return [_facts(rule, rule["id"] in told["usual"]) for rule in told["rules"]]

    def analyse(self, job: Job) -> Analysis:
        program, driver, folder = job.located.command
        odd = {file for file in job.files if not _is_utf8(file)}
        unread = dict.fromkeys(odd, "HTMLHint takes no names that are not in UTF-8")
        files = [str(job.root / file) for file in job.files if file not in odd]
        order = {"package": folder, "rules": dict.fromkeys(job.rules, True), "files": files}
        done = job.run([program, driver], folder=job.scratch, stdin=json.dumps(order).encode())
        try:
            told: dict[str, Any] = json.loads(done.stdout)
        except ValueError:
            raise EngineFailed(last_line(done.stderr) or f"exit code {done.code}") from None
        unread.update({relative(file, job.root): reason for file, reason in told["unread"].items()})
        found = [
            RawFinding(path=relative(file, job.root), **finding)
            for file, findings in told["found"].items()
            for finding in findings
        ]
        return Analysis(findings=found, unread=unread)


def _is_utf8(file: str) -> bool:
    return not any("\udc80" <= letter <= "\udcff" for letter in file)


def _facts(rule: dict[str, Any], is_usual: bool) -> RuleFacts:
    return RuleFacts(
        code=rule["id"],
        name=rule["id"].replace("-", " "),
        languages=("HTML",),
        severity=Severity.GENERAL if is_usual else Severity.HINT,
        level=GENERAL if is_usual else OPTIONAL,
        description=rule["description"],
        tags=("html",),
        url=rule.get("link") or "",
    )
