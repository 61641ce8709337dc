"""The catalogue of a server: loaded when it is first asked for, and looked at again from time to time."""

import threading
import time
from collections.abc import Mapping
from pathlib import Path

import structlog

from bottega.check.catalogue.catalogue import Catalogue
from bottega.check.engines import ENGINES
from bottega.check.engines.base import Engine

RELOAD_SECONDS = 300.0
"""After this long an analyser that was installed or upgraded beside a running server is noticed."""
CLOSING_SECONDS = 2.0

log = structlog.get_logger(__name__)


class Catalogues:
    """Safe to be used by many threads: the first that asks loads, the others wait for it, later ones do not wait."""

    def __init__(self, folder: Path, engines: Mapping[str, Engine] = ENGINES) -> None:
        """``folder`` is where it is kept; its parent exists."""
        self.folder = folder
        self._engines = engines
        self._lock = threading.Lock()
        self._known: Catalogue | None = None
        self._looked = 0.0
        self._reloading: threading.Thread | None = None

    def current(self) -> Catalogue:
        """The catalogue. The first call of a process may take seconds; never ask for it inside a transaction."""
        with self._lock:
            if self._known is None:
                self._known = Catalogue.load(self.folder, self._engines)
                self._looked = time.monotonic()
            elif time.monotonic() - self._looked > RELOAD_SECONDS:
                self._looked = time.monotonic()
                self._begin_reload()
            return self._known

    def reload(self) -> Catalogue:
        """Look at the engines again, now."""
        loaded = Catalogue.load(self.folder, self._engines)
        with self._lock:
            self._known, self._looked = loaded, time.monotonic()
        return loaded

    def close(self) -> None:
        """Let a look at the engines end, if it does so soon."""
        if self._reloading is not None:
            self._reloading.join(CLOSING_SECONDS)

    def _begin_reload(self) -> None:
        if self._reloading is None or not self._reloading.is_alive():
            self._reloading = threading.Thread(target=self._reload, name="rule catalogue", daemon=True)
            self._reloading.start()

    def _reload(self) -> None:
        try:
            self.reload()
        except Exception as error:
            log.warning("rule catalogue cannot be loaded", exc_info=error)
