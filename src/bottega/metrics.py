"""Numbers for Prometheus: those of the runs, counted in the database when asked, so that all replicas tell the same,
and those of this process."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from bottega.build.timers.tables import TaskTimer
from bottega.clock import epoch_ms
from bottega.runs.agents import online
from bottega.runs.held import JOBS
from bottega.runs.states import ACTIVE, RunState
from bottega.runs.tables import Run
from bottega.store.database import Database


class RunCollector(Collector):
    """Runs waiting and running, agents online and their slots. No tenant is named."""

    def __init__(self, database: Database, silent_ms: int) -> None:
        self._database = database
        self._silent_ms = silent_ms

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The present values."""
        with self._database.read() as session:
            rows = session.execute(
                select(Run.state, Run.held, func.count())
                .where(Run.state.in_([RunState.QUEUED, *ACTIVE]))
                .group_by(Run.state, Run.held)
            )
            counts: dict[str, int] = {}
            for state, held, number in rows:
                # What is held waits for no agent, and a build flow's own record runs on none.
                word = "flow" if held == JOBS else "held" if held else state.lower()
                counts[word] = counts.get(word, 0) + number
            agents = online(session, epoch_ms() - self._silent_ms)
        runs = GaugeMetricFamily("bottega_runs", "Runs that are not finished", labels=["state"])
        for word in ("queued", "running", "stopping", "held", "flow"):
            runs.add_metric([word], counts.get(word, 0))
        yield runs
        slots = GaugeMetricFamily(
            "bottega_agent_slots", "Slots of the agents online", labels=["pool", "arch"]
        )
        totals: dict[tuple[str, str], int] = {}
        for agent in agents:
            totals[agent.pool, agent.arch] = totals.get((agent.pool, agent.arch), 0) + agent.slots
        for (pool, arch), count in totals.items():
            slots.add_metric([pool, arch], count)
        yield slots
        yield GaugeMetricFamily("bottega_agents", "Agents online", value=len(agents))


class TimerCollector(Collector):
    """Tasks with timers: those that have a time ahead, and those whose timers were stopped."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The present values."""
        counts = select(func.count(TaskTimer.due_at), func.count(TaskTimer.stopped_at))
        with self._database.read() as session:
            waiting, stopped = session.execute(counts).one()
        timers = GaugeMetricFamily("bottega_timers", "Tasks with timers", labels=["state"])
        timers.add_metric(["waiting"], waiting)
        timers.add_metric(["stopped"], stopped)
        yield timers


class TransactionCollector(Collector):
    """Database transactions this process began since it started; a scrape adds reads of its own.

    ``lookup`` are reads of one statement on a connection of their own, such as the state of a build that somebody waits
    for. The look-up of the caller of a request is not among them.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[CounterMetricFamily]:
        """The present values."""
        transactions = CounterMetricFamily(
            "bottega_database_transactions", "Database transactions of this process", labels=["kind"]
        )
        transactions.add_metric(["read"], self._database.read_transactions)
        transactions.add_metric(["write"], self._database.write_transactions)
        transactions.add_metric(["lookup"], self._database.lookups.count)
        yield transactions


def registry(database: Database, silent_ms: int) -> CollectorRegistry:
    """A registry of our own collectors."""
    own = CollectorRegistry()
    own.register(RunCollector(database, silent_ms))
    own.register(TimerCollector(database))
    own.register(TransactionCollector(database))
    return own
