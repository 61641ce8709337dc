"""The runner's life, from the spool folder to exit.json."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time

from bottega.agent.process_identity import identity_of
from bottega.agent.runner.attempt import Attempt
from bottega.agent.runner.halt import Halted
from bottega.agent.runner.log import LogError
from bottega.agent.runner.spec import Spec, SpecError
from bottega.agent.runner.steps import run_steps
from bottega.agent.runner.trouble import print_traceback
from bottega.agent.runner.verdict import Verdict
from bottega.agent.runner.workspace import WorkspaceError
from bottega.agent.sandbox import SandboxUnavailable
from bottega.agent.sandbox.kernel import become_subreaper
from bottega.agent.spool import EXIT, LOCK, Spool, SpoolError, encode, write_atomically
from bottega.agent.wakeup import poke

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_PREPARE = ("initial", "Prepare workspace", "PRE_ENV:slave_create")
_CLEAN_UP = ("final", "Clean up", "POST_ENV:slave_release")
# A full disk may get room again while others clean up: how often and how long (s) between two tries for
# exit.json.
_TRIES, _PAUSE = 40, 0.25


def live(spool: Spool) -> int:
    """Run the attempt in ``spool`` to its end; the process's exit code, which only says whether exit.json is there.

    A second runner for the same folder, or one for an attempt that has ended, changes nothing and returns 3.
    """
    os.umask(0o077)
    lock = os.open(spool.file(LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 3
    if spool.exit() is not None:
        return 3
    try:
        identity = identity_of(os.getpid())
        if identity is not None:
            spool.register_runner(identity)
    except OSError as error:
        return _write_exit(spool, Verdict("error", f"The spool folder cannot be written: {error.strerror}"))
    become_subreaper()
    try:
        spec = Spec(spool.spec())
    except (SpoolError, SpecError) as error:
        return _write_exit(spool, Verdict("error", f"The spec cannot be used: {error}"))
    try:
        attempt = Attempt(spool, spec)
    except (OSError, LogError) as error:
        reason = f"The spool folder cannot be written: {error}"
        return _write_exit(spool, Verdict("error", reason), notify=spec.notify_socket)
    try:
        verdict = _work(attempt)
    except LogError as error:
        verdict = Verdict("error", str(error))
    except Exception as error:
        # Whatever went wrong in here must not cost the report of it.
        print_traceback()
        verdict = Verdict("error", f"Internal error of the runner: {type(error).__name__}")
    return _finish(attempt, verdict)


def _work(attempt: Attempt) -> Verdict:
    spec = attempt.spec
    key, name, tag = _PREPARE
    if attempt.control.deadline is None:
        return Verdict("error", "The agent gave no deadline for the lease")
    if spec.opening:
        attempt.say("INFO", spec.opening)
    for note in spec.notes:
        attempt.say("WARN", note)
    attempt.events.add("started", sandbox=spec.facilities.describe(), pid=os.getpid())
    attempt.events.stage(key, name, "running")
    attempt.say("DEBUG", f"sandbox: {spec.facilities.describe()}", tag)
    limits = ", ".join(f"{field} {value}" for field, value in spec.limits.to_dict().items())
    attempt.say("DEBUG", f"limits: {limits}, workspace_bytes {spec.workspace_bytes}", tag)
    try:
        remarks = attempt.open_sandbox()
        attempt.follower.refuse_if_halted()
    except (WorkspaceError, SandboxUnavailable, ValueError) as error:
        attempt.say("ERROR", str(error), tag)
        attempt.events.stage(key, name, "failure", reason=str(error))
        return Verdict("error", str(error))
    except Halted as halted:
        state = "timeout" if halted.halt.outcome == "timeout" else "aborted"
        attempt.events.stage(key, name, state, reason=halted.halt.reason)
        for step in spec.steps:
            attempt.events.stage(step.key, step.name, "skipped", reason=halted.halt.reason)
        return Verdict(halted.halt.outcome, halted.halt.reason)
    for remark in remarks:
        attempt.say("WARN", remark, tag)
    attempt.say("INFO", "workspace ready", tag)
    attempt.events.stage(key, name, "success")
    return run_steps(attempt)


def _finish(attempt: Attempt, verdict: Verdict) -> int:
    """Prove the tree dead, complete log and events, and write exit.json."""
    # From here on nothing is left to stop, and a report half written helps nobody.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    key, name, tag = _CLEAN_UP
    dead, usage = attempt.close_sandbox()
    if not dead:
        verdict.reason += "; some of its processes could not be killed and may still run"
    if verdict.outcome == "error":
        attempt.release_reserve()
    try:
        attempt.events.stage(key, name, "running")
        attempt.let_go(tag)
        readable = ", ".join(f"{field} {value}" for field, value in usage.items())
        attempt.say("DEBUG", f"usage: {readable}", tag)
        level = "INFO" if verdict.outcome == "success" else "ERROR"
        attempt.say(level, f"run ended: {verdict.outcome}, {verdict.reason}", tag)
        attempt.events.stage(key, name, "success" if dead else "failure")
    except LogError as error:
        attempt.release_reserve()
        if verdict.outcome == "success":
            verdict = Verdict("error", str(error))
    with contextlib.suppress(LogError):
        attempt.events.add(
            "finished",
            outcome=verdict.outcome,
            reason=verdict.reason,
            exit_code=verdict.exit_code,
            usage=usage,
        )
    with contextlib.suppress(OSError):
        attempt.log.sync()
        attempt.events.sync()
    attempt.control.close()
    verdict.reason = str(attempt.log.mask(verdict.reason))
    return _write_exit(
        attempt.spool,
        verdict,
        events=attempt.events.count,
        usage=usage,
        notify=attempt.spec.notify_socket,
    )


def _write_exit(
    spool: Spool,
    verdict: Verdict,
    *,
    events: int = 0,
    usage: Mapping[str, float] | None = None,
    notify: str = "",
) -> int:
    document = encode(
        {
            "outcome": verdict.outcome,
            "reason": verdict.reason,
            "exit_code": verdict.exit_code,
            "log_size": spool.log_size(),
            "events": events,
            "finished_at": time.time_ns() // 1_000_000,
            "usage": usage or {},
        }
    )
    for _ in range(_TRIES):
        try:
            write_atomically(spool.file(EXIT), document, durable=True)
        except OSError:
            print_traceback()
            # A full disk does not say when there is room again.
            time.sleep(_PAUSE)
        else:
            if notify:
                poke(notify)
            return 0
    return 1
