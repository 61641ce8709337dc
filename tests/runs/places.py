"""Where logs are while a run lives, and where they go."""

from typing import Any

from sqlalchemy import update

from bottega.clock import epoch_ms
from bottega.runs.logs.reader import LogReader
from bottega.runs.logs.sealed import SealedLogs
from bottega.runs.sealing import Sealing
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from bottega.store.objects import Objects
from tests.runs.conftest import Layer
from tests.support.runs import new_run, submit

STAMP = b"[2026/01/01 00:00:00.000 GMT+08:00] [INFO] "


class Place:
    """A recorder's live logs, an object store, and what moves logs from one to the other."""

    def __init__(self, layer: Layer, objects: Objects) -> None:
        self.layer = layer
        self.live = layer.live
        self.objects = objects
        self.sealed = SealedLogs(objects)
        self.reader = LogReader(self.live, self.sealed)
        self.sealing = self.of("replica")
        self._submitted = 0

    def of(self, replica_id: str) -> Sealing:
        return Sealing(self.layer.database, self.live, self.sealed, replica_id)

    def finished(self, log: bytes = STAMP + b"hello\n", **values: Any) -> str:
        """Id of a run that ended a moment ago."""
        self._submitted += 1
        run = submit(self.layer.runs, self.layer.database, new_run(self.layer.caller, self._submitted))
        if log:
            self.live.append(run.id, 0, log)
        ended = {
            "state": RunState.SUCCESS,
            "finished_at": epoch_ms(),
            "recorder_id": "replica",
            "log_size": len(log),
        }
        with self.layer.database.write() as session:
            session.execute(update(Run).where(Run.id == run.id).values(**{**ended, **values}))
        return run.id

    def has_live(self, run_id: str) -> bool:
        return self.live.path(run_id).exists()

    def text(self, run_id: str) -> str:
        return b"".join(self.reader.stream(self.layer.row(run_id))).decode()
