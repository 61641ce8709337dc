"""Webhooks on the wire. The operations are Bottega's own; times are epoch milliseconds."""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from bottega.build.api.envelopes import ResultEnvelope
from bottega.build.branch import TAG
from bottega.build.hooks.filters import (
    MAX_NAME,
    MAX_PATTERN,
    MAX_PATTERNS,
    MAX_SECRET,
    MIN_SECRET,
    HookChange,
    HookChoice,
)
from bottega.build.hooks.history import push_of
from bottega.build.hooks.receiving import Received
from bottega.build.hooks.service import HookWithSecret
from bottega.build.hooks.tables import DeliveryState, Hook, HookDelivery, Watch
from bottega.documented import documented

Pattern = Annotated[str, documented(minLength=1, maxLength=MAX_PATTERN)]
Patterns = Annotated[list[Pattern] | None, documented(maxItems=MAX_PATTERNS)]
Secret = Annotated[
    str | None, documented(pattern=f"^([!-~][ -~]{{{MIN_SECRET - 2},{MAX_SECRET - 2}}}[!-~])?$")
]
State = Annotated[str, documented(enum=list(DeliveryState))]


class CreateJobHookRequestBody(msgspec.Struct, kw_only=True):
    name: Annotated[str | None, documented(maxLength=MAX_NAME)] = None
    branches: Patterns = None
    tags: Patterns = None
    secret: Secret = None


class UpdateJobHookRequestBody(msgspec.Struct, kw_only=True):
    """What is missing or null stays as it is."""

    name: Annotated[str | None, documented(maxLength=MAX_NAME)] = None
    branches: Patterns = None
    tags: Patterns = None


class RotateJobHookRequestBody(msgspec.Struct, kw_only=True):
    secret: Secret = None


class JobHook(msgspec.Struct, kw_only=True):
    id: str
    name: str
    url: str
    branches: list[str]
    tags: list[str]
    creator_id: str
    creator_name: str
    created_at: int
    rotated_at: int | None
    last_delivery_at: int | None


class JobHookWithSecret(JobHook, kw_only=True):
    """Only when the secret is new."""

    secret: str


class JobHookResponse(ResultEnvelope, kw_only=True):
    result: JobHookWithSecret


class UpdateJobHookResponse(ResultEnvelope, kw_only=True):
    result: JobHook


class JobPolling(msgspec.Struct, kw_only=True):
    """The branch that is looked at while no webhook tells of it, and where it was seen. ``error``: why it was not.

    With ``ref_type`` "tag" all tags are looked at; ``branch`` and ``commit_id`` are empty then.
    """

    ref_type: str
    branch: str
    commit_id: str
    looked_at: int | None
    next_at: int
    failures: int
    error: str


class JobHooks(msgspec.Struct, kw_only=True):
    hooks: list[JobHook]
    total: int
    polling: JobPolling | None


class ListJobHooksResponse(ResultEnvelope, kw_only=True):
    result: JobHooks


class HookId(msgspec.Struct, kw_only=True):
    id: str


class DeleteJobHookResponse(ResultEnvelope, kw_only=True):
    result: HookId


class JobHookDelivery(msgspec.Struct, kw_only=True):
    """``state`` is what came of it and ``reason`` why no build; ``delivery_key`` is the forge's own name for it."""

    id: str
    delivery_key: str
    forge: str
    event: str
    ref_type: str
    ref: str
    commit_id: str
    pusher: str
    state: State
    reason: str
    build_no: int | None
    record_id: str | None
    received_at: int
    next_try_at: int | None
    redelivery_of: str | None


class JobHookDeliveries(msgspec.Struct, kw_only=True):
    deliveries: list[JobHookDelivery]
    total: int


class ListJobHookDeliveriesResponse(ResultEnvelope, kw_only=True):
    result: JobHookDeliveries


class RedeliverJobHookResponse(ResultEnvelope, kw_only=True):
    result: JobHookDelivery


class ReceiveHookResponse(msgspec.Struct, kw_only=True):
    """What the forge shows its user. ``repeated``: the delivery had come before, and this is what came of it then."""

    delivery_id: str
    state: State
    reason: str
    build_no: int | None
    record_id: str | None
    repeated: bool


def choice_of(body: CreateJobHookRequestBody | None) -> HookChoice:
    """What a caller wants of a new hook."""
    if body is None:
        return HookChoice()
    return HookChoice(
        name=body.name or "",
        branches=body.branches or [],
        tags=body.tags or [],
        secret=body.secret or "",
    )


def change_of(body: UpdateJobHookRequestBody) -> HookChange:
    """What a caller wants of a hook that is there."""
    return HookChange(name=body.name, branches=body.branches, tags=body.tags)


def with_secret(made: HookWithSecret, public_url: str) -> JobHookWithSecret:
    """A hook as it is shown once."""
    shown = msgspec.structs.asdict(shown_hook(made.hook, public_url))
    return JobHookWithSecret(**shown, secret=made.secret)


def listed(hooks: Sequence[Hook], watch: Watch | None, public_url: str) -> JobHooks:
    """All hooks of a task, and what is looked at."""
    rows = [shown_hook(one, public_url) for one in hooks]
    polling = None
    if watch is not None:
        polling = JobPolling(
            ref_type=watch.kind,
            branch=watch.branch,
            commit_id="" if watch.kind == TAG else watch.commit_id,
            looked_at=watch.looked_at,
            next_at=watch.next_at,
            failures=watch.failures,
            error=watch.error,
        )
    return JobHooks(hooks=rows, total=len(rows), polling=polling)


def deliveries(found: Sequence[HookDelivery], total: int) -> JobHookDeliveries:
    """A page of what came in."""
    return JobHookDeliveries(deliveries=[delivery(one) for one in found], total=total)


def delivery(one: HookDelivery) -> JobHookDelivery:
    """One row of the history."""
    push = push_of(one)
    return JobHookDelivery(
        id=one.id,
        delivery_key=one.key,
        forge=one.forge,
        event=one.event,
        ref_type=push.kind if push else "",
        ref=push.name if push else "",
        commit_id=push.commit if push else "",
        pusher=push.pusher if push else "",
        state=one.state,
        reason=one.reason,
        build_no=one.build_no,
        record_id=one.run_id,
        received_at=one.received_at,
        next_try_at=one.next_try_at,
        redelivery_of=one.redelivery_of,
    )


def taken_in(received: Received) -> ReceiveHookResponse:
    """The answer to a forge."""
    one = received.delivery
    return ReceiveHookResponse(
        delivery_id=one.id,
        state=one.state,
        reason=one.reason,
        build_no=one.build_no,
        record_id=one.run_id,
        repeated=received.repeated,
    )


def shown_hook(hook: Hook, public_url: str) -> JobHook:
    """A hook without its secret."""
    return JobHook(
        id=hook.id,
        name=hook.name,
        # Without public_url a path: the server does not know how it is reached.
        url=f"{public_url.rstrip('/')}/hooks/{hook.id}",
        branches=hook.branches,
        tags=hook.tags,
        creator_id=hook.creator_id,
        creator_name=hook.creator_name,
        created_at=hook.created_at,
        rotated_at=hook.rotated_at,
        last_delivery_at=hook.last_delivery_at,
    )
