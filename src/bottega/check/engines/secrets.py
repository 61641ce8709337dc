"""detect-secrets: passwords, keys and tokens in any text."""

import importlib
import inspect
import json
from collections.abc import Collection
from pathlib import PurePosixPath
from typing import Any

from bottega.check.engines.base import (
    CRITICAL,
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
from bottega.check.engines.locating import version_of, wheel_program
from bottega.check.engines.owasp import owasp
from bottega.check.engines.reading import last_line, relative
from bottega.check.findings import RawFinding
from bottega.check.languages import ANY
from bottega.check.severities import Severity

_UNSURE = frozenset({"KeywordDetector", "BasicAuthDetector"})
"""Detectors that go by what surrounds a text, and so are wrong now and then."""
_GUESSING = frozenset({"Base64HighEntropyString", "HexHighEntropyString", "IPPublicDetector"})
"""Detectors that take every random text, such as a checksum, for a secret."""
_GENERATED = (".po", ".mo", ".lock", ".sum", ".svg", ".map", ".min.js", ".min.css", ".ipynb", ".csv", ".tsv")
"""Files full of long texts that nobody wrote; each would cost seconds."""
_HARD_CODED_CREDENTIALS = 798


class Secrets(Engine):
    """Never repeats what it found: neither here nor in its own output."""

    name = "secrets"
    title = "detect-secrets"
    url = "https://github.com/Yelp/detect-secrets"
    licence = "Apache-2.0"
    languages = frozenset()
    install = "pip install 'detect-secrets>=1.5'"
    batch = 400

    def takes(self, path: str, languages: Collection[str]) -> bool:  # noqa: ARG002 - any text may have one
        name = PurePosixPath(path).name.casefold()
        return not name.endswith(_GENERATED) and name != "package-lock.json"

    def locate(self) -> Located:
        program = wheel_program("detect-secrets", self.install)
        return Located(command=(program,), version=version_of([program, "--version"], at_least=(1, 4)))

    def rules(self, located: Located) -> list[RuleFacts]:  # noqa: ARG002 - its detectors are classes beside ours
        try:
            plugins: Any = importlib.import_module("detect_secrets.core.plugins.util")
        except ImportError as error:
            raise EngineMissing(f"{error}; get it with: {self.install}") from None
        every: dict[str, Any] = plugins.get_mapping_from_secret_type_to_class()
        return [_facts(kind, detector) for kind, detector in every.items()]

    def analyse(self, job: Job) -> Analysis:
        by_kind = {facts.name: facts.code for facts in self.rules(job.located)}
        off = [code for code in by_kind.values() if code not in job.rules]
        command = [*job.located.command, "scan", "--all-files", "--no-verify"]
        for code in off:
            command += ["--disable-plugin", code]
        # It leaves out, without a word, what is not below the folder it runs in.
        done = job.run([*command, "--", *job.files], folder=job.root)
        try:
            results = json.loads(done.stdout)["results"]
        except (ValueError, KeyError):
            raise EngineFailed(last_line(done.stderr) or f"exit code {done.code}") from None
        found = [
            RawFinding(
                code=by_kind[item["type"]],
                path=relative(path, job.root),
                message=f"{item['type']} in the code",
                line=item["line_number"],
            )
            for path, items in results.items()
            for item in items
        ]
        return Analysis(findings=found)


def _facts(kind: str, detector: Any) -> RuleFacts:
    code = detector.__name__
    unsure, guessing = code in _UNSURE, code in _GUESSING
    return RuleFacts(
        code=code,
        name=kind,
        languages=(ANY,),
        severity=Severity.GENERAL if guessing else Severity.SERIOUS if unsure else Severity.FATAL,
        level=OPTIONAL if guessing else GENERAL if unsure else CRITICAL,
        description=inspect.getdoc(detector) or f"Finds what looks like this: {kind}.",
        tags=("security", "secrets"),
        cwe=(_HARD_CODED_CREDENTIALS,),
        owasp=owasp((_HARD_CODED_CREDENTIALS,)),
        advice="Revoke it: every copy of the repository has it. Hand the new one to the program from outside.",
        url="https://github.com/Yelp/detect-secrets",
    )
