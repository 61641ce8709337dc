"""detect-secrets: passwords, keys and tokens in any text."""

import importlib
import inspect
import json
import re
import sys
from collections.abc import Collection
from pathlib import Path
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
from bottega.check.engines.locating import wheel_program
from bottega.check.engines.owasp import owasp
from bottega.check.engines.reading import last_line
from bottega.check.findings import RawFinding
from bottega.check.languages import ANY
from bottega.check.severities import Severity

_UNSURE = frozenset({"KeywordDetector", "BasicAuthDetector"})
"""Detectors that go by what surrounds a text, and so are wrong now and then."""
_GUESSING = frozenset({"Base64HighEntropyString", "HexHighEntropyString", "IPPublicDetector"})
"""Detectors that take every random text, such as a checksum, for a secret."""
_DRIVER = Path(__file__).with_name("secrets_driver.py")
_OLDEST = (1, 4)
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
    batch = 2000

    def takes(self, path: str, languages: Collection[str]) -> bool:  # noqa: ARG002 - any text may have one
        name = path.rpartition("/")[2].casefold()
        return not name.endswith(_GENERATED) and name != "package-lock.json"

    def locate(self) -> Located:
        from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - costs more than the rest of this

        wheel_program("detect-secrets", self.install)
        try:
            # Asking its command takes longer than looking at a few files.
            known = version("detect-secrets")
        except PackageNotFoundError:
            raise EngineMissing(
                f"detect-secrets is not among the packages of {sys.executable}; get it with: {self.install}"
            ) from None
        if tuple(int(part) for part in re.findall(r"\d+", known)[:2]) < _OLDEST:
            raise EngineMissing(f"detect-secrets is outdated: version {known}, at least 1.4 is needed")
        return Located(command=(sys.executable, "-P", str(_DRIVER)), version=known)

    def rules(self, located: Located) -> list[RuleFacts]:  # noqa: ARG002 - its detectors are classes beside ours
        try:
            plugins: Any = importlib.import_module("detect_secrets.core.plugins.util")
        except ImportError as error:
            raise EngineMissing(f"{error}; get it with: {self.install}") from None
        every: dict[str, Any] = plugins.get_mapping_from_secret_type_to_class()
        return [_facts(kind, detector) for kind, detector in every.items()]

    def analyse(self, job: Job) -> Analysis:
        asked = {"files": list(job.files), "plugins": list(job.rules)}
        done = job.run(list(job.located.command), folder=job.root, stdin=json.dumps(asked).encode())
        if done.code:
            raise EngineFailed(last_line(done.stderr) or f"exit code {done.code}")
        found = [
            RawFinding(code=code, path=path, message=f"{kind} in the code", line=line)
            for path, code, kind, line in json.loads(done.stdout)
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
