"""Where the console shows things, for whoever leads people there: paths from the server's root."""

CONSOLE = "/console"


def to_build_task(task_id: str) -> str:
    """A build task."""
    return f"{CONSOLE}/builds/{task_id}"


def to_record(record_id: str) -> str:
    """The record of a build."""
    return f"{CONSOLE}/records/{record_id}"


def to_scan(task_id: str, scan_id: str) -> str:
    """A check of a task."""
    return f"{CONSOLE}/checks/{task_id}/scans/{scan_id}"


def to_issues(task_id: str) -> str:
    """The issues of a check task."""
    return f"{CONSOLE}/checks/{task_id}/issues"


def to_issue(task_id: str, issue_id: str) -> str:
    """One of them."""
    return f"{to_issues(task_id)}/{issue_id}"


def whole(public_url: str, path: str) -> str:
    """The address of a path on a server that is reached there; empty where it does not know where."""
    return f"{public_url.rstrip('/')}{path}" if public_url else ""
