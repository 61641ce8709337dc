"""The loop that sends, with real receivers."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from bottega.notify.channels import Channel
from bottega.notify.deliveries import Deliveries
from bottega.notify.dispatcher import SENDING_AT_ONCE, Dispatcher
from bottega.notify.mail import LANE, Mailer, MailServer
from bottega.notify.outgoing import Outgoing, tls_context
from bottega.notify.queue import enqueue
from bottega.notify.reach import Reach
from bottega.notify.sender import Sender
from bottega.notify.tables import DeliveryState
from bottega.store.database import Database
from tests.notify.conftest import BOX, Queue, delivery
from tests.support.http_sink import HttpSink, Reply, http_sink
from tests.support.smtp_sink import smtp_sink
from tests.support.waiting import eventually

# Patient: some receivers here hang until a test lets them go, however long that takes on a busy machine.
OUTGOING = Outgoing(Reach(allow_private=True), tls_context(), total_seconds=60)

WAIT = 30.0


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with http_sink() as sink:
        yield sink


@pytest.fixture
def queue(sqlite_database: Database) -> Queue:
    return Queue(sqlite_database)


def dispatcher(queue: Queue, mailer: Mailer | None = None, *sources: object) -> Dispatcher:
    return Dispatcher(Deliveries(queue.database, "replica"), Sender(OUTGOING, mailer), BOX, sources)  # type: ignore[arg-type]


def states(queue: Queue) -> list[str]:
    return [row.state for row in queue.rows()]


def test_what_is_enqueued_arrives_and_is_logged(queue: Queue, sink: HttpSink) -> None:
    queue.put(delivery(sink.url()))
    dispatcher(queue).run_once()
    (request,), row, (tried,) = sink.received, queue.row(), queue.tries()
    assert request.json["id"] == row.id
    assert "x-bottega-signature" in request.headers
    assert (row.state, tried.status) == (DeliveryState.SENT, 200)
    assert tried.latency_ms is not None


def test_a_failure_is_repeated_with_the_same_id_and_both_tries_are_logged(
    queue: Queue, sink: HttpSink
) -> None:
    sink.replies = [Reply(503, b"down for a moment")]
    queue.put(delivery(sink.url()))
    dispatcher(queue).run_once()
    assert states(queue) == [DeliveryState.PENDING]
    queue.make_due()
    dispatcher(queue).run_once()
    assert states(queue) == [DeliveryState.SENT]
    assert len({request.json["id"] for request in sink.received}) == 1
    first, second = queue.tries()
    assert (first.status, "down for a moment" in first.error) == (503, True)
    assert (second.status, second.error) == (200, "")


def test_a_server_that_dies_after_sending_and_before_the_commit_sends_again_under_the_same_id(
    queue: Queue, sink: HttpSink
) -> None:
    queue.put(delivery(sink.url()))
    dying = Deliveries(queue.database, "replica")

    def die(*_: object, **__: object) -> None:
        raise SystemExit

    dying.sent = die  # type: ignore[method-assign]
    with pytest.raises(SystemExit):
        Dispatcher(dying, Sender(OUTGOING, None), BOX, []).run_once()
    assert queue.row().claimed_by == "replica"
    reborn = Deliveries(queue.database, "replica")
    reborn.release()
    Dispatcher(reborn, Sender(OUTGOING, None), BOX, []).run_once()
    first, second = sink.received
    assert first.json["id"] == second.json["id"]
    assert states(queue) == [DeliveryState.SENT]


def test_mail_goes_out_by_the_mail_server(queue: Queue) -> None:
    with smtp_sink() as smtp:
        server = MailServer(
            host="localhost",
            port=smtp.port,
            security="none",
            username="",
            password="",
            from_address="ci@h.example",
        )
        mail: dict[str, Any] = {"channel": Channel.MAIL, "sealed_target": None, "lane": LANE}
        queue.put(
            delivery(shown_target="ada@example.com", **mail), delivery(shown_target="bob@example.com", **mail)
        )
        dispatcher(queue, Mailer(server, tls_context())).run_once()
    assert sorted(letter.recipients[0] for letter in smtp.letters) == [
        "TO:<ada@example.com>",
        "TO:<bob@example.com>",
    ]
    assert states(queue) == [DeliveryState.SENT] * 2
    assert {tried.status for tried in queue.tries()} == {250}


def test_a_target_sealed_with_another_key_is_given_up(queue: Queue) -> None:
    queue.put(delivery(sealed_target=b"0" * 40))
    dispatcher(queue).run_once()
    row = queue.row()
    assert row.state == DeliveryState.FAILED
    assert "cannot unseal" in row.error


def test_sources_are_asked_before_anything_is_sent(queue: Queue, sink: HttpSink) -> None:
    waiting = [delivery(sink.url(), title="1"), delivery(sink.url(), title="2")]

    def source() -> int:
        if not waiting:
            return 0
        with queue.database.write() as session:
            enqueue(session, [waiting.pop(0)])
        return 1

    running = dispatcher(queue, None, source)
    running.start()
    eventually(lambda: states(queue) == [DeliveryState.SENT] * 2, WAIT)
    running.stop()
    assert [request.json["title"] for request in sink.received] == ["1", "2"]


def test_a_hanging_receiver_keeps_nobody_else_waiting(queue: Queue, sink: HttpSink) -> None:
    let_go = threading.Event()
    running = dispatcher(queue)
    with http_sink() as hanging:
        hanging.default = Reply(hold=let_go)
        queue.put(*(delivery(hanging.url(), title=str(number)) for number in range(SENDING_AT_ONCE)))
        queue.put(delivery(sink.url()))
        running.start()
        eventually(lambda: len(sink.received) == 1 and len(hanging.received) == 1, WAIT)
        let_go.set()
        eventually(lambda: states(queue) == [DeliveryState.SENT] * (SENDING_AT_ONCE + 1), WAIT)
        running.stop()
    assert [request.json["title"] for request in hanging.received] == ["0", "1", "2", "3"]


def test_stopping_does_not_wait_for_a_receiver_that_hangs(queue: Queue, sink: HttpSink) -> None:
    let_go = threading.Event()
    sink.default = Reply(hold=let_go)
    queue.put(delivery(sink.url()))
    running = dispatcher(queue)
    running.start()
    eventually(lambda: sink.received, WAIT)
    running.stop()
    assert queue.row().claimed_by == "replica"
    let_go.set()
    eventually(lambda: states(queue) == [DeliveryState.SENT], WAIT)


def test_a_source_that_fails_does_not_end_the_loop(queue: Queue, sink: HttpSink) -> None:
    asked: list[int] = []

    def source() -> int:
        asked.append(1)
        if len(asked) == 1:
            raise RuntimeError("for a moment")
        return 0

    running = dispatcher(queue, None, source)
    running.start()
    queue.put(delivery(sink.url()))
    eventually(lambda: states(queue) == [DeliveryState.SENT], WAIT)
    running.stop()
