"""One check of a task: what it looked at and what not, its verdict, and its log while it is written."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from bottega.check.scans.history import ScanHistory
from bottega.check.scans.logs import LogPage, ScanLogs
from bottega.check.scans.states import ON_AGENT, UNFINISHED
from bottega.check.tasks.service import CheckTaskService
from bottega.console.pages import Page
from bottega.console.places import ROOT
from bottega.console.views import log_lines
from bottega.console.views.declaring import page as declared
from bottega.errors import Unavailable
from bottega.http.downloads import OCTETS, streamed
from bottega.iam.principal import Principal
from bottega.runs.logs.reader import LogGone

SCAN = "/checks/{task_id:str}/scans/{scan_id:str}"


@get(SCAN, **declared())
def scan(  # noqa: PLR0917 - the services that know of it
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    check_tasks: NamedDependency[CheckTaskService],
    scan_history: NamedDependency[ScanHistory],
    scan_logs: NamedDependency[ScanLogs],
    task_id: FromPath[str],
    scan_id: FromPath[str],
) -> Response[str]:
    progress = scan_history.progress(principal, task_id, scan_id)
    task = check_tasks.show(principal, task_id).task
    log, fault = _tail(scan_logs, principal, scan_id)
    found = progress.scan
    return page.show(
        "checks/scan.html",
        task=task,
        scan=found,
        percent=progress.percent,
        going=found is not None and found.state in UNFINISHED,
        on_agent=found is not None and found.state in ON_AGENT,
        log=log,
        lines=log_lines.kinds_of(log.text) if log else [],
        fault=fault,
    )


@get(f"{SCAN}/state", **declared())
def scan_state(
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    scan_history: NamedDependency[ScanHistory],
    task_id: FromPath[str],
    scan_id: FromPath[str],
) -> Response[str]:
    progress = scan_history.progress(principal, task_id, scan_id)
    found = progress.scan
    going = found is not None and found.state in UNFINISHED
    address = f"{ROOT}/checks/{task_id}/scans/{scan_id}"
    return page.show("checks/state.html", scan=found, percent=progress.percent, going=going, address=address)


@get(f"{SCAN}/log/more", **declared())
def more_of_scan_log(  # noqa: PLR0917 - the services that know of it
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    scan_history: NamedDependency[ScanHistory],
    scan_logs: NamedDependency[ScanLogs],
    task_id: FromPath[str],
    scan_id: FromPath[str],
) -> Response[str]:
    scan_history.progress(principal, task_id, scan_id)
    found = scan_logs.page(principal, scan_id, log_lines.offset_asked(page), log_lines.LINES)
    return log_lines.part(page, found.text, found.end, complete=not found.more)


@get(f"{SCAN}/log/file", **declared(media_type=OCTETS))
def scan_log_file(
    principal: NamedDependency[Principal],
    scan_history: NamedDependency[ScanHistory],
    scan_logs: NamedDependency[ScanLogs],
    task_id: FromPath[str],
    scan_id: FromPath[str],
) -> Stream:
    scan_history.progress(principal, task_id, scan_id)
    name, pieces = scan_logs.download(principal, scan_id)
    return streamed(name, pieces)


def _tail(logs: ScanLogs, principal: Principal, scan_id: str) -> tuple[LogPage | None, str]:
    """The end of the log, or why there is none."""
    try:
        return logs.page_back(principal, scan_id, 0, log_lines.LINES), ""
    except (LogGone, Unavailable) as error:
        return None, str(error)


VIEWS = [scan, scan_state, more_of_scan_log, scan_log_file]
