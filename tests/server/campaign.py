"""One run of schemathesis through a part of the operations.

Requests are made from the server's own description, the same ones in every run: for each place of each operation what
is at the bounds of what the description allows, and what is beyond them. None is made at random: that took longer than
all others together. Making them takes longer than having them answered: what is made is kept, and the application on
each database is called with its share of it. Ids that could be some are replaced by those of real things, so that
requests get further than the first check.
"""

import copy
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core import NOT_SET
from schemathesis.engine import Status, events, from_schema

from tests.support.application import Application, World
from tests.support.operations import READS, operations

CHECKS = [
    "content_type_conformance",
    "missing_required_header",
    "negative_data_rejection",
    "not_a_server_error",
    "response_headers_conformance",
    "response_schema_conformance",
    "status_code_conformance",
]
DENSE = 40
SPARSE = 10
"""Of the boundary values of one operation the first 40 are tried, and of the others one in 10."""

LONGEST_MESSAGE = 1000
HEX32 = re.compile(r"[0-9a-z]{32}")
UUID = re.compile(r"[0-9a-z]{8}-([0-9a-z]{4}-){3}[0-9a-z]{12}")
KINDS = {
    "job_id": HEX32,
    "project_id": HEX32,
    "record_id": UUID,
    "build_project_id": UUID,
    "build_flow_record_id": UUID,
    "file_id": HEX32,
    "version_id": HEX32,
    "keystore_id": HEX32,
    "permission_id": HEX32,
    "hook_id": HEX32,
    "delivery_id": UUID,
    "task_id": HEX32,
    "ruleset_id": HEX32,
    "task_group_id": HEX32,
    "webhook_id": HEX32,
    "X-Subject-Token": re.compile(r"\S+"),
}
WRONG_TYPE = re.compile(r"\b(\w+)(?::| -) Incorrect type")


class Cases:
    """The requests that are tried, by operation: made when an application asks for those of an operation first."""

    def __init__(self, part: int, parts: int) -> None:
        self.part, self.parts = part, parts
        self._made: dict[str, list[tuple[int, Any]]] = {}

    def share(self, operation: Any, made: Iterator[Any], share: int, shares: int) -> Iterator[Any]:
        """Those of this share, which may be changed; the first one belongs to all. ``made`` makes them."""
        if operation.label not in self._made:
            self._made[operation.label] = list(tried(made))
        for number, case in self._made[operation.label]:
            if number == 0 or number % shares == share:
                yield copy_of(case, operation)


def tried(made: Iterator[Any]) -> Iterator[tuple[int, Any]]:
    """Those of one operation that are tried at all, each with a number that says whose share it is."""
    for number, case in enumerate(made):
        if number < DENSE:
            yield number, case
        elif (number - DENSE) % SPARSE == 0:
            yield (number - DENSE) // SPARSE, case


def copy_of(case: Any, operation: Any) -> Any:
    """The same request of the operation as another schema has it."""
    known = {id(NOT_SET): NOT_SET}
    parts = ("path_parameters", "headers", "cookies", "query", "body", "multipart_content_types", "meta")
    copied = {part: copy.deepcopy(getattr(case, part), known) for part in parts}
    return type(case)(operation, case.method, case.path, id=case.id, media_type=case.media_type, **copied)


class Campaign:
    """One run of schemathesis: what was answered how often, and what went wrong."""

    def __init__(self, app: Application, cases: Cases, share: int, shares: int) -> None:
        self.app = app
        self.http = app.caller(app.token(app.mine))
        self.answered: Counter[tuple[str, int]] = Counter()
        self.faults: list[str] = []
        whole: dict[str, Any] = app.description()
        paths = sorted(whole["paths"])[cases.part :: cases.parts]
        self.description = {**whole, "paths": {path: whole["paths"][path] for path in paths}}
        self._cases = cases
        self._share, self._shares = share, shares
        self._operations = {one.route: one for one in operations(app.routes)}
        self._worlds: dict[str, World] = {}

    def run(self) -> None:
        """Call all operations of this part."""
        schema = schemathesis.openapi.from_dict(self.description, config=SchemathesisConfig(seed=1))
        config = schema.config
        config.update(
            base_url=self.app.url,
            headers={"X-Auth-Token": self.http.headers["X-Auth-Token"]},
            continue_on_failure=True,
        )
        config.generation.update(deterministic=True, database="none")
        config.generation.with_security_parameters = False
        config.checks.update(included_check_names=CHECKS)
        config.phases.examples.enabled = False
        config.phases.fuzzing.enabled = False
        config.phases.stateful.enabled = False
        config.phases.coverage.unexpected_methods = set()

        make = schema.iter_coverage_cases

        def iter_coverage_cases(operation: Any, **options: Any) -> Iterator[Any]:
            return self._cases.share(operation, make(operation, **options), self._share, self._shares)

        schema.iter_coverage_cases = iter_coverage_cases

        @schema.hook
        def map_case(context: Any, case: Any) -> Any:
            self.use_real_ids(case)
            return case

        @schema.hook
        def after_call(context: Any, case: Any, response: Any) -> None:
            self.count(case, response)

        for event in from_schema(schema).execute():
            self.judge(event)

    def use_real_ids(self, case: Any) -> None:
        """What could be an id becomes one, of things that only this operation is tried on."""
        body = case.body if isinstance(case.body, dict) else {}
        for values in (case.path_parameters or {}, case.headers or {}, body):
            for name, kind in KINDS.items():
                if isinstance(values.get(name), str) and kind.fullmatch(values[name]):
                    values[name] = self.ids(case.operation.label)[name]

    def ids(self, operation: str) -> dict[str, str]:
        """Those of the operation's own world, or of one for all that only read."""
        reads = operation.partition(" ")[0] in READS
        if operation not in self._worlds:
            things = self._operations[operation].things
            self._worlds[operation] = (
                self.app.looked_at(self.http) if reads else self.app.world(self.app.mine, self.http, things)
            )
        world = self._worlds[operation]
        others = {"X-Subject-Token": world.token, "build_flow_record_id": world.record_id}
        return {**world.ids, **others}

    def count(self, case: Any, response: Any) -> None:
        """Remember an answer, and look at what no check looks at."""
        self.answered[case.operation.label, response.status_code] += 1
        if response.status_code >= 400 and response.content:
            length = len(response.json()["error_msg"])
            if length > LONGEST_MESSAGE:
                self.faults.append(f"{case.operation.label}: a message of {length} characters")

    def judge(self, event: Any) -> None:
        """Collect the failures that an event tells of."""
        if isinstance(event, events.ScenarioFinished):
            for checks in event.recorder.checks.values():
                for check in checks:
                    info = check.failure_info
                    if check.status is Status.FAILURE and info and not self.is_lenience(info.failure):
                        told = f"{event.label}: {info.failure.title}: {info.failure.message}"
                        self.faults.append(f"{told}\n{info.code_sample}")
        elif isinstance(event, (events.NonFatalError, events.FatalError)):
            self.faults.append(repr(getattr(event, "value", None) or getattr(event, "exception", event)))

    def is_lenience(self, failure: Any) -> bool:
        """Whether all that was accepted is 0 or 1 for a truth value: bodies are read as leniently as queries."""
        if failure.title != "Schema-violating request accepted":
            return False
        wrong = WRONG_TYPE.findall(failure.message)
        return bool(wrong) and all(name in self.truth_values() for name in wrong)

    def truth_values(self) -> set[str]:
        """Names of properties that are true or false."""
        return {
            name
            for schema in self.description["components"]["schemas"].values()
            for name, rules in schema.get("properties", {}).items()
            if any(rule.get("type") == "boolean" for rule in rules.get("anyOf", [rules]))
        }
