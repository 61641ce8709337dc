"""Asking engines for their rules, all at the same time."""

import threading
from collections import deque
from collections.abc import Mapping

import msgspec
import structlog

from bottega.check.catalogue import keeping
from bottega.check.catalogue.keeping import Kept
from bottega.check.engines.base import OPTIONAL, Engine, EngineFailed, EngineMissing

THREADS = 8
"""Analysers are programs of their own: we only wait for them."""

log = structlog.get_logger(__name__)


class Answer(msgspec.Struct, kw_only=True):
    """``kept`` are the rules, as known now or, while ``missing`` says why there are none, as known before."""

    kept: Kept | None = None
    missing: str = ""


def ask_all(engines: Mapping[str, Engine], before: Mapping[str, Kept]) -> dict[str, Answer]:
    """What every engine answers, by name; those that are as they were ``before`` are not asked."""
    answers: dict[str, Answer] = {}
    waiting = deque(sorted(engines.items()))

    def work() -> None:
        while True:
            try:
                name, engine = waiting.popleft()
            except IndexError:
                return
            answers[name] = _ask(engine, before.get(name))

    # A server that is told to stop does not wait for analysers.
    threads = [
        threading.Thread(target=work, name=f"rules {number}", daemon=True) for number in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return dict(sorted(answers.items()))


def _ask(engine: Engine, before: Kept | None) -> Answer:
    if before is not None and keeping.unchanged(before):
        return Answer(kept=before)
    try:
        located = engine.locate()
        if before is not None and before.version == located.version:
            return Answer(kept=msgspec.structs.replace(before, stamps=keeping.stamps(located)))
        rules = engine.rules(located)
    except (EngineMissing, EngineFailed) as error:
        return Answer(kept=before, missing=str(error))
    except Exception as error:
        # A version that writes something new must not take the rules of all others away.
        log.warning("rules cannot be read", engine=engine.name, exc_info=error)
        reason = f"its rules cannot be read: {type(error).__name__}: {error}"[:500]
        return Answer(kept=before, missing=reason)
    if not engine.default:
        rules = [msgspec.structs.replace(rule, level=OPTIONAL) for rule in rules]
    return Answer(kept=Kept(version=located.version, stamps=keeping.stamps(located), rules=rules))
