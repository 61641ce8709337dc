"""The steps of an attempt, one after the other, each shown as a stage."""

from __future__ import annotations

import signal

from bottega.agent.runner.context import StepContext
from bottega.agent.runner.halt import Halted
from bottega.agent.runner.log import LogError
from bottega.agent.runner.trouble import print_traceback
from bottega.agent.runner.verdict import Verdict
from bottega.agent.sandbox import SandboxUnavailable
from bottega.build.actions import ACTIONS, InputError, put_in_late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bottega.agent.runner.attempt import Attempt
    from bottega.agent.runner.spec import Step

# What a stage is called when the run was ended in the middle of it.
_STATES = {"aborted": "aborted", "timeout": "timeout", "lease-expired": "aborted", "failure": "failure"}
_SIGNAL_BASE = 128


def run_steps(attempt: Attempt) -> Verdict:
    """Run all steps in order and say how that ended.

    A failed step, unless its failure is to be ignored, makes the rest skipped, and so does everything else
    that ends the run. Raises LogError.
    """
    verdict: Verdict | None = None
    for step in attempt.spec.steps:
        if not step.enabled:
            attempt.events.stage(step.key, step.name, "skipped", reason="disabled")
        elif verdict is not None:
            attempt.events.stage(step.key, step.name, "skipped", reason=verdict.reason)
        else:
            verdict = _run_step(attempt, step)
    return verdict or Verdict("success", "All steps succeeded", 0)


def _run_step(attempt: Attempt, step: Step) -> Verdict | None:
    """Run one step as a stage; None when the run goes on."""
    attempt.events.stage(step.key, step.name, "running")
    attempt.say("INFO", "step started", step.tag)
    code: int | None = None
    context = StepContext(attempt, step)
    try:
        code, reason = _act(attempt, step, context)
    except Halted as halted:
        outcome, reason = halted.halt.outcome, halted.halt.reason
        attempt.say("ERROR", f"step ended: {reason}", step.tag)
        attempt.events.stage(step.key, step.name, _STATES[outcome], reason=reason)
        return Verdict(outcome, reason)
    except LogError as error:
        # The disk may have room for one event, and the agent then knows where it stopped.
        attempt.release_reserve()
        attempt.events.stage(step.key, step.name, "failure", reason=str(error))
        return Verdict("error", str(error))
    except InputError as error:
        reason = f"input {error}"
        attempt.say("ERROR", reason, step.tag)
    except SandboxUnavailable as error:
        return _broken(attempt, step, f"The sandbox cannot be used: {error}")
    except Exception as error:
        # The owner learns that it was not the build's fault; the traceback is for whoever runs the agent.
        print_traceback()
        return _broken(attempt, step, f"Internal error in action {step.action}: {type(error).__name__}")
    if reason == "":
        attempt.say("INFO", "step finished", step.tag)
        attempt.events.stage(step.key, step.name, "success", exit_code=code)
        return None
    level, note = ("WARN", ", which is ignored") if step.ignore_failure else ("ERROR", "")
    attempt.say(level, f"step failed: {reason}{note}", step.tag)
    reason = context.reason or reason
    attempt.events.stage(step.key, step.name, "failure", exit_code=code, reason=reason)
    return None if step.ignore_failure else Verdict("failure", f"Step {step.name!r} failed: {reason}", code)


def _act(attempt: Attempt, step: Step, context: StepContext) -> tuple[int, str]:
    """Exit code and why it is a failure, empty when it is none."""
    action = ACTIONS.get(step.action)
    if action is None:
        raise InputError("action", f"{step.action!r} is not known to this agent")
    context.inputs = put_in_late(step.inputs, attempt.environment)
    before = attempt.sandbox.usage()
    attempt.follower.refuse_if_halted()
    code = action.run(context)
    halt = attempt.quota.check_now()
    if halt is not None:
        raise Halted(halt)
    return code, "" if code == 0 else _explain(attempt, code, before)


def _explain(attempt: Attempt, code: int, before: dict[str, float]) -> str:
    now = attempt.sandbox.usage()
    limits = attempt.spec.limits
    if now.get("oom_kills", 0) > before.get("oom_kills", 0):
        return f"out of memory, the limit is {limits.memory_bytes >> 20} MiB (exit code {code})"
    if now.get("pids_refused", 0) > before.get("pids_refused", 0):
        return f"it tried to run more than {limits.pids} processes and threads at a time (exit code {code})"
    if code == _SIGNAL_BASE + signal.SIGXFSZ:
        return f"it wrote a file larger than {limits.file_bytes >> 20} MiB (exit code {code})"
    return f"exit code {code}"


def _broken(attempt: Attempt, step: Step, reason: str) -> Verdict:
    attempt.say("ERROR", reason, step.tag)
    attempt.events.stage(step.key, step.name, "failure", reason=reason)
    return Verdict("error", reason)
