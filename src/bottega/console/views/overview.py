"""The first page: what was built and checked last."""

from litestar import Response, get
from litestar.di import NamedDependency

from bottega.build.listing import LAST_BUILD
from bottega.build.listing import TaskFilter as BuildFilter
from bottega.build.service import BuildService
from bottega.check.tasks.listing import CheckTaskLists
from bottega.check.tasks.listing import TaskFilter as CheckFilter
from bottega.console.pages import Page
from bottega.console.views.declaring import page as declared
from bottega.iam.principal import Principal
from bottega.notify.inbox import Inbox

SHOWN = 10


@get("/", **declared())
def overview(
    page: NamedDependency[Page],
    principal: NamedDependency[Principal],
    builds: NamedDependency[BuildService],
    check_lists: NamedDependency[CheckTaskLists],
    inbox: NamedDependency[Inbox],
) -> Response[str]:
    where = BuildFilter(tenant_id=principal.tenant_id, sort_field=LAST_BUILD)
    tasks, build_total = builds.reader.tasks(principal, where, offset=0, limit=SHOWN)
    checks = check_lists.page(principal, CheckFilter(by_execution=True), offset=0, limit=SHOWN)
    return page.show(
        "overview.html",
        tasks=tasks,
        build_total=build_total,
        checks=checks.rows,
        check_total=checks.total,
        unread=inbox.unread(principal),
    )


VIEWS = [overview]
