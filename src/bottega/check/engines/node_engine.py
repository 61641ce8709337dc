"""What engines share that are packages of npm: a program of ours around each, in ``node/``, calls its functions."""

import json
from pathlib import Path
from typing import Any

import msgspec

from bottega.check.engines.base import Engine, EngineFailed, Job, Located
from bottega.check.engines.node_folder import INSTALL, node, package
from bottega.check.engines.reading import is_utf8, last_line, output_of, relative
from bottega.check.findings import RawFinding

_PROGRAMS = Path(__file__).parent / "node"


class NodeEngine(Engine):
    """The package and the program around it have the engine's name."""

    install = INSTALL
    outside = True
    at_least: tuple[int, ...]
    """The oldest version we can work with."""

    def locate(self) -> Located:
        folder, version = package(self.name, self.at_least, self.install)
        # Its neighbours are what it needs itself.
        packages = str(folder.parent)
        program = str(_PROGRAMS / f"{self.name}.mjs")
        return Located(command=(node(), program, packages), version=version, binds=(packages,))

    def told_rules(self, located: Located) -> Any:
        """What the program says of the rules. Raises :class:`EngineFailed`."""
        program, driver, packages = located.command
        return json.loads(output_of([program, driver], json.dumps({"packages": packages}).encode()))

    def look(self, job: Job, **order: object) -> tuple[list[RawFinding], dict[str, str]]:
        """What it finds, and which files it did not read, with the reason. Raises :class:`EngineFailed`."""
        program, driver, packages = job.located.command
        order |= {"packages": packages, "title": self.title}
        unread = {
            file: f"{self.title} takes no names that are not in UTF-8"
            for file in job.files
            if not is_utf8(file)
        }
        files = [str(job.root / file) for file in job.files if file not in unread]
        done = job.run(
            [program, driver], folder=job.scratch, stdin=json.dumps({**order, "files": files}).encode()
        )
        try:
            told: dict[str, Any] = json.loads(done.stdout)
        except ValueError:
            raise EngineFailed(last_line(done.stderr) or f"exit code {done.code}") from None
        unread.update({relative(file, job.root): reason for file, reason in told["unread"].items()})
        found = [
            msgspec.convert({"path": relative(file, job.root), **finding}, RawFinding)
            for file, findings in told["found"].items()
            for finding in findings
        ]
        return found, unread
