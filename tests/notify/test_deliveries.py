"""The queue: nothing is lost, nothing is sent by two at a time, and nobody waits behind another's dead robot."""

import threading

import pytest

from bottega.clock import epoch_ms
from bottega.notify import log
from bottega.notify.backoff import FIRST_DELAY_MS, MAX_AGE_MS, MAX_TRIES
from bottega.notify.channels import Channel
from bottega.notify.deliveries import Claimed, Deliveries
from bottega.notify.outcome import NotSent, unreachable
from bottega.notify.queue import Place, enqueue, retarget, withdraw
from bottega.notify.tables import Delivery, DeliveryState
from bottega.notify.target import Target, seal
from tests.notify.conftest import BOX, ORIGIN, TENANT, Queue, delivery

DOWN = unreachable("nobody there")


def claim_one(queue: Queue) -> Claimed:
    (claimed,) = queue.deliveries.claim(1)
    return claimed


def pause(row: Delivery) -> int:
    return row.next_try_at - epoch_ms()


def test_what_was_sent_is_sent_once_and_logged(queue: Queue) -> None:
    queue.put(delivery(title="first"))
    claimed = claim_one(queue)
    assert (claimed.message.title, claimed.tries) == ("first", 1)
    queue.deliveries.sent(claimed, status=200, latency_ms=12)
    assert queue.deliveries.claim(10) == []
    row, (tried,) = queue.row(), queue.tries()
    assert (row.state, row.claimed_by, row.error) == (DeliveryState.SENT, None, "")
    assert row.finished_at is not None
    assert (tried.number, tried.status, tried.latency_ms, tried.error) == (1, 200, 12, "")
    assert tried.tenant_id == TENANT


def test_what_was_not_enqueued_in_the_end_is_not_sent(queue: Queue) -> None:
    def change_one_s_mind() -> None:
        with queue.database.write() as session:
            enqueue(session, [delivery()])
            raise LookupError

    with pytest.raises(LookupError):
        change_one_s_mind()
    assert queue.deliveries.claim(10) == []


def test_a_failure_is_tried_again_after_a_pause(queue: Queue) -> None:
    queue.put(delivery())
    assert not queue.deliveries.failed(claim_one(queue), DOWN, latency_ms=7)
    assert queue.deliveries.claim(10) == []
    row = queue.row()
    assert (row.state, row.claimed_by, row.error) == (DeliveryState.PENDING, None, "nobody there")
    assert 0 < pause(row) <= FIRST_DELAY_MS * 1.2
    queue.make_due()
    claimed = claim_one(queue)
    assert claimed.tries == 2
    queue.deliveries.sent(claimed, status=200, latency_ms=1)
    assert queue.row().state == DeliveryState.SENT
    assert [(one.number, one.error) for one in queue.tries()] == [(1, "nobody there"), (2, "")]


def test_the_other_side_may_ask_for_a_longer_pause(queue: Queue) -> None:
    queue.put(delivery())
    queue.deliveries.failed(claim_one(queue), unreachable("busy", after=600), latency_ms=1)
    assert 590_000 < pause(queue.row()) <= 600_000


def test_after_the_last_try_it_is_given_up(queue: Queue) -> None:
    queue.put(delivery())
    for number in range(1, MAX_TRIES + 1):
        over = queue.deliveries.failed(claim_one(queue), DOWN, latency_ms=1)
        assert over == (number == MAX_TRIES)
        queue.make_due()
    assert queue.deliveries.claim(10) == []
    row = queue.row()
    assert (row.state, row.tries, row.error) == (DeliveryState.FAILED, MAX_TRIES, "nobody there")
    assert len(queue.tries()) == MAX_TRIES


def test_what_is_hopeless_is_given_up_at_once(queue: Queue) -> None:
    queue.put(delivery())
    assert queue.deliveries.failed(claim_one(queue), NotSent("no such robot", status=404), latency_ms=1)
    row, (tried,) = queue.row(), queue.tries()
    assert (row.state, row.error) == (DeliveryState.FAILED, "no such robot")
    assert (tried.status, tried.error) == (404, "no such robot")


def test_what_waited_for_a_day_is_given_up(queue: Queue) -> None:
    queue.put(delivery())
    queue.change(created_at=epoch_ms() - MAX_AGE_MS - 1000)
    assert queue.deliveries.give_up_old() == 1
    row = queue.row()
    assert (row.state, row.error) == (DeliveryState.FAILED, "no try was finished in time")
    assert queue.deliveries.give_up_old() == 0


def test_messages_to_one_place_go_out_one_after_the_other_in_order(queue: Queue) -> None:
    queue.put(delivery(title="1"), delivery(title="2"), delivery("http://127.0.0.1:2/", title="other"))
    queue.change(next_try_at=1)
    first = {one.message.title: one for one in queue.deliveries.claim(10)}
    assert set(first) == {"1", "other"}
    assert queue.deliveries.claim(10) == []
    queue.deliveries.sent(first["1"], status=200, latency_ms=1)
    assert [one.message.title for one in queue.deliveries.claim(10)] == ["2"]


def test_a_dead_target_lets_its_own_messages_wait_and_no_others(queue: Queue) -> None:
    other = "http://127.0.0.1:2/"
    queue.put(
        delivery(title="1"), delivery(title="2"), delivery(other, title="3"), delivery(other, title="4")
    )
    first = {one.message.title: one for one in queue.deliveries.claim(10)}
    queue.deliveries.failed(first["1"], DOWN, latency_ms=1)
    queue.deliveries.failed(first["3"], NotSent("this one only", retry=True), latency_ms=1)
    assert [one.message.title for one in queue.deliveries.claim(10)] == ["4"]
    waiting = {row.message["title"]: row for row in queue.rows()}
    assert pause(waiting["2"]) > 5_000
    assert waiting["2"].tries == 0


def test_at_most_as_many_as_asked_for_are_claimed(queue: Queue) -> None:
    queue.put(*(delivery(f"http://127.0.0.1:{port}/") for port in range(1, 6)))
    assert len(queue.deliveries.claim(2)) == 2
    assert len(queue.deliveries.claim(0)) == 0
    assert len(queue.deliveries.claim(10)) == 3


def test_a_restarted_replica_sends_again_what_it_was_sending_when_it_died(queue: Queue) -> None:
    queue.put(delivery())
    lost = claim_one(queue)
    assert Deliveries(queue.database, "another").release() == 0
    assert queue.deliveries.claim(10) == []
    assert Deliveries(queue.database, "replica").release() == 1
    again = claim_one(queue)
    assert (again.id, again.tries) == (lost.id, 2)
    assert [one.latency_ms for one in queue.tries()] == [None, None]


def test_another_replica_takes_over_once_the_claim_of_a_dead_one_is_over(queue: Queue) -> None:
    queue.put(delivery())
    lost = claim_one(queue)
    survivor = Deliveries(queue.database, "survivor")
    assert survivor.claim(10) == []
    queue.make_due()
    (again,) = survivor.claim(10)
    survivor.sent(again, status=200, latency_ms=1)
    # The first one was only slow, and reports late: that changes nothing.
    queue.deliveries.failed(lost, DOWN, latency_ms=1)
    assert queue.row().state == DeliveryState.SENT


def test_a_message_that_kills_every_server_is_given_up_too(queue: Queue) -> None:
    queue.put(delivery())
    for _ in range(MAX_TRIES):
        claim_one(queue)
        queue.deliveries.release()
    assert queue.deliveries.claim(10) == []
    assert queue.deliveries.give_up_old() == 1
    assert queue.row().state == DeliveryState.FAILED


def test_replicas_never_claim_the_same_delivery(queue: Queue) -> None:
    queue.put(*(delivery(f"http://127.0.0.1:{port}/", title=str(port)) for port in range(1, 41)))
    claimed: list[str] = []
    together = threading.Barrier(4)

    def work(replica: str) -> None:
        deliveries = Deliveries(queue.database, replica)
        together.wait()
        while found := deliveries.claim(3):
            claimed.extend(one.message.title for one in found)

    threads = [threading.Thread(target=work, args=[str(number)]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed))
    # Who finds that another was faster comes away with nothing, and leaves the rest to the next pass.
    while found := queue.deliveries.claim(40):
        claimed.extend(one.message.title for one in found)
    assert sorted(claimed, key=int) == [str(port) for port in range(1, 41)]


def test_what_was_withdrawn_is_not_sent(queue: Queue) -> None:
    queue.put(
        delivery(), delivery(channel=Channel.FEISHU), delivery(origin="b" * 32), delivery(tenant_id="2" * 32)
    )
    with queue.database.write() as session:
        withdraw(session, TENANT, [ORIGIN], Channel.WEBHOOK)
    states = [(row.channel, row.origin, row.tenant_id, row.state) for row in queue.rows()]
    withdrawn = [one[:3] for one in states if one[3] == DeliveryState.WITHDRAWN]
    assert withdrawn == [("WEBHOOK", ORIGIN, TENANT)]


def test_what_waits_may_be_sent_to_another_place(queue: Queue) -> None:
    queue.put(delivery())
    queue.deliveries.failed(claim_one(queue), DOWN, latency_ms=1)
    target = Target(url="http://127.0.0.1:9/new")
    with queue.database.write() as session:
        place = Place(lane=target.lane, shown_target="new", sealed_target=seal(BOX, target))
        retarget(session, TENANT, [ORIGIN], Channel.WEBHOOK, place)
    claimed = claim_one(queue)
    assert (claimed.lane, claimed.shown_target) == (target.lane, "new")
    assert claimed.sealed_target == place.sealed_target


def test_the_log_shows_one_origin_of_one_tenant_newest_first(queue: Queue) -> None:
    queue.put(delivery(title="1"), delivery(origin="b" * 32), delivery(tenant_id="2" * 32))
    queue.deliveries.failed(claim_one(queue), DOWN, latency_ms=1)
    queue.change(created_at=1)
    queue.put(delivery(title="2"))
    with queue.database.read() as session:
        entries = log.page(session, TENANT, ORIGIN, offset=0, limit=10)
        second = log.page(session, TENANT, ORIGIN, offset=1, limit=10)
    assert [(one.delivery.message["title"], len(one.tries)) for one in entries] == [("2", 0), ("1", 1)]
    assert [one.delivery.message["title"] for one in second] == ["1"]


def test_finished_deliveries_are_deleted_with_their_tries_and_others_stay(queue: Queue) -> None:
    queue.put(delivery(), delivery("http://127.0.0.1:2/"))
    sent, _waiting = queue.deliveries.claim(2)
    queue.deliveries.sent(sent, status=200, latency_ms=1)
    assert log.purge(queue.database, epoch_ms() - 60_000) == 0
    assert log.purge(queue.database, epoch_ms() + 60_000) == 1
    assert [row.state for row in queue.rows()] == [DeliveryState.PENDING]
    assert len(queue.tries()) == 1


def test_nothing_secret_is_stored_in_clear(queue: Queue) -> None:
    queue.put(delivery("http://127.0.0.1:1/token-0123456789"))
    row = queue.row()
    stored = " ".join(str(getattr(row, column.key)) for column in Delivery.__table__.columns)
    assert "token-0123456789" not in stored
    assert "SECRET0123456789" not in stored
