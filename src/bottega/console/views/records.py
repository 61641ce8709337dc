"""Build records, and jobs of build flows: how they went, and their logs while they are written."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from bottega.artifacts.service import ArtifactService
from bottega.build.access import Action
from bottega.build.logs.service import LogService
from bottega.build.reader import RecordView
from bottega.build.reports.service import ReportService
from bottega.build.service import BuildService
from bottega.console.pages import Page
from bottega.console.places import ROOT
from bottega.console.views import log_lines
from bottega.console.views.declaring import page as declared
from bottega.errors import Unavailable
from bottega.http.downloads import OCTETS, streamed
from bottega.iam.principal import Principal
from bottega.runs.logs.reader import LogGone, LogPage, LogReader
from bottega.runs.states import FINAL

TAIL_BYTES = 200_000
"""Of a long log the page shows its end; the rest is a page of its own."""


@get("/records/{record_id:str}", **declared())
def record(  # noqa: PLR0917 - the services that know of it
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    logs: NamedDependency[LogReader],
    artifacts: NamedDependency[ArtifactService],
    reports: NamedDependency[ReportService],
    record_id: FromPath[str],
) -> Response[str]:
    view = builds.reader.record(principal, record_id)
    flow = builds.reader.flow(principal, record_id)
    may_run = Action.EXECUTE in builds.reader.actions(principal, view.task.id)
    ended = view.run.state in FINAL
    log, begun, fault = _tail(logs, view)
    # What jobs of a flow have left is shown with their record.
    left = (principal, view.task.id, view.run.number) if view.run.task_id is not None else None
    return page.show(
        "builds/record.html",
        task=view.task,
        run=view.run,
        waiting=view.waiting,
        jobs=flow.jobs,
        ended=ended,
        may_stop=may_run and not ended and view.run.task_id is not None,
        may_rerun=may_run and ended and view.run.task_id is not None,
        files=artifacts.of_build(*left) if left else [],
        tests=reports.tests(*left) if left else [],
        covered=reports.coverage(*left) if left else [],
        lines=log_lines.kinds_of(log.text) if log else [],
        log=log,
        cut=begun > 0,
        fault=fault,
    )


@get("/records/{record_id:str}/state", **declared())
def record_state(
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    record_id: FromPath[str],
) -> Response[str]:
    view = builds.reader.record(principal, record_id)
    return page.show(
        "builds/state.html",
        run=view.run,
        waiting=view.waiting,
        jobs=builds.reader.flow(principal, record_id).jobs,
        ended=view.run.state in FINAL,
    )


@get("/records/{record_id:str}/log", **declared())
def record_log(
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    logs: NamedDependency[LogReader],
    record_id: FromPath[str],
) -> Response[str]:
    view = builds.reader.record(principal, record_id)
    found = logs.page(view.run, log_lines.offset_asked(page), max_lines=log_lines.LINES)
    return page.show(
        "builds/log.html", task=view.task, run=view.run, log=found, lines=log_lines.kinds_of(found.text)
    )


@get("/records/{record_id:str}/log/more", **declared())
def more_of_record_log(
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    logs: NamedDependency[LogReader],
    record_id: FromPath[str],
) -> Response[str]:
    view = builds.reader.record(principal, record_id)
    found = logs.page(view.run, log_lines.offset_asked(page), max_bytes=TAIL_BYTES)
    return log_lines.part(page, found.text, found.end, complete=found.complete)


@get("/records/{record_id:str}/log/file", **declared(media_type=OCTETS))
def record_log_file(
    principal: NamedDependency[Principal], build_logs: NamedDependency[LogService], record_id: FromPath[str]
) -> Stream:
    found = build_logs.download(principal, record_id, "INFO", compress=False)
    return streamed(found.name, found.pieces)


@post("/records/{record_id:str}/stop", **declared())
def stop_record(
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    record_id: FromPath[str],
) -> Response[Any]:
    view = builds.reader.record(principal, record_id)
    builds.stop(principal, view.task.id, view.run.number)
    return page.go(f"{ROOT}/records/{view.run.id}", "stopping")


@post("/records/{record_id:str}/again", **declared())
def build_again(
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    record_id: FromPath[str],
) -> Response[Any]:
    view = builds.reader.record(principal, record_id)
    run = builds.rerun(principal, view.task.id, view.run.number)
    return page.go(f"{ROOT}/records/{run.id}", "accepted")


def _tail(logs: LogReader, view: RecordView) -> tuple[LogPage | None, int, str]:
    """The end of the log, where it begins, and why there is none."""
    try:
        begin = max(0, logs.size(view.run) - TAIL_BYTES)
        page = logs.page(view.run, begin, max_bytes=TAIL_BYTES + log_lines.LINE_CHARACTERS)
    except (LogGone, Unavailable) as error:
        return None, 0, str(error)
    if begin:
        # The first line is most likely cut.
        page.text = page.text.partition("\n")[2]
    return page, begin, ""


VIEWS = [record, record_state, record_log, more_of_record_log, record_log_file, stop_record, build_again]
