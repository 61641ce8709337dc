"""The console in a real browser: nothing that pages forbid happens, logs grow by themselves, lists follow filters."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bottega.console.bringing_in import htmx
from bottega.runs.tables import Run
from tests.build.harness import end_run
from tests.console.conftest import Visitor
from tests.console.test_builds import HOSTILE
from tests.support.application import Application, World

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on PATH; `make peers` installs it on Debian"
)
WITH_HTMX = pytest.mark.skipif(not htmx().is_file(), reason="htmx was not brought in; `make console` does it")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Root, as in containers, has to do without Chromium's own sandbox; it sees nothing but our pages.
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser had to complain of."""
    return []


@pytest.fixture
def page(browser: Browser, app: Application, mine: Visitor, complaints: list[str]) -> Iterator[Page]:
    context = signed_in(browser, app, mine)
    opened = context.new_page()
    opened.on("console", lambda said: complaints.append(said.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    # Playwright dismisses dialogs by itself when nobody listens; whoever opens one has run a script.
    opened.add_init_script("window.alert = text => console.error(`alert: ${text}`)")
    yield opened
    context.close()
    assert complaints == []


def signed_in(
    browser: Browser, app: Application, visitor: Visitor, *, scripts: bool = True
) -> BrowserContext:
    context = browser.new_context(base_url=app.url, java_script_enabled=scripts)
    session = visitor.http.cookies["bottega_session"]
    context.add_cookies([{"name": "bottega_session", "value": session, "url": f"{app.url}/console"}])
    return context


def running(app: Application, mine: Visitor, world: World) -> str:
    """Id of a build that has begun."""
    made = mine.post(f"/console/builds/{world.job_id}/run").headers["location"]
    record_id = made.partition("?")[0].rpartition("/")[2]
    with app.services.database.write() as session:
        session.get_one(Run, record_id).state = "RUNNING"
    return record_id


def test_one_signs_in_and_out_by_keyboard(browser: Browser, app: Application) -> None:
    context = browser.new_context(base_url=app.url)
    page = context.new_page()
    page.goto("/")
    for text in (app.mine.domain_name, app.mine.user_name, app.mine.password):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console")
    assert page.evaluate("document.cookie") == ""
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.get_by_role("button", name="Sign out").press("Enter")
    page.wait_for_url("**/sign-in")
    page.goto("/console/builds")
    assert page.get_by_role("heading", name="Sign in").is_visible()
    context.close()


def test_no_page_asks_for_what_it_forbids_itself(page: Page, world: World) -> None:
    for path in (
        "",
        "/builds",
        f"/builds/{world.job_id}",
        f"/builds/{world.job_id}/caches",
        f"/records/{world.record_id}",
        f"/records/{world.record_id}/log",
        "/agents",
        "/checks",
        f"/checks/{world.task_id}",
        f"/checks/{world.task_id}/issues",
        f"/checks/{world.task_id}/issues/{world.issue_id}",
        f"/checks/{world.checking_task_id}/scans/{world.scan_id}",
    ):
        answer = page.goto(f"/console{path}")
        assert answer is not None and answer.ok, path
        assert page.locator("h1").count() == 1
        assert page.locator("main").count() == 1
        unnamed = page.locator("input:not([type=hidden]), select, button").evaluate_all(
            "all => all.filter(one => !one.labels?.length && !one.ariaLabel && !one.textContent.trim()).length"
        )
        assert unnamed == 0, path
        # Wide things scroll by themselves, and so can be reached by keyboard.
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_a_log_grows_by_itself_and_the_end_shows_the_result(
    page: Page, app: Application, mine: Visitor, world: World
) -> None:
    record_id = running(app, mine, world)
    page.goto(f"/console/records/{record_id}")
    lines = page.locator(".log")
    beginning = "[2026/01/01 00:00:00.000 GMT+08:00] [INFO] "
    first = f"{beginning}the first line\n"
    app.services.live_logs.append(record_id, 0, first.encode())
    lines.get_by_text("the first line").wait_for()
    second = f"{beginning}{HOSTILE}\n"
    app.services.live_logs.append(record_id, len(first.encode()), second.encode())
    lines.get_by_text("<img src=x onerror=alert(1)>").wait_for()
    assert lines.locator("img").count() == 0
    end_run(app.services.database, record_id, "SUCCESS")
    page.get_by_text("✓ success").wait_for()
    page.get_by_role("button", name="Build this commit again").wait_for()


def test_who_has_scrolled_up_stays_there(page: Page, app: Application, mine: Visitor, world: World) -> None:
    record_id = running(app, mine, world)
    many = "".join(f"line {number}\n" for number in range(200))
    app.services.live_logs.append(record_id, 0, many.encode())
    page.goto(f"/console/records/{record_id}")
    lines = page.locator(".log")
    at_end = "log => log.scrollHeight - log.scrollTop - log.clientHeight < 40"
    page.wait_for_function(f"({at_end})(document.querySelector('.log'))")
    lines.evaluate("log => { log.scrollTop = 0; }")
    app.services.live_logs.append(record_id, len(many), b"the last line\n")
    lines.get_by_text("the last line").wait_for(state="attached")
    assert lines.evaluate("log => log.scrollTop") == 0
    end_run(app.services.database, record_id, "ABORTED")
    page.get_by_text("■ stopped").wait_for()


@WITH_HTMX
def test_the_state_of_a_build_that_waits_changes_by_itself(
    page: Page, app: Application, mine: Visitor, world: World
) -> None:
    made = mine.post(f"/console/builds/{world.job_id}/run").headers["location"]
    record_id = made.partition("?")[0].rpartition("/")[2]
    page.goto(made)
    page.get_by_text("⧖ waiting").wait_for()
    with app.services.database.write() as session:
        session.get_one(Run, record_id).state = "RUNNING"
    page.get_by_text("▶ running").wait_for()
    end_run(app.services.database, record_id, "ABORTED")
    page.get_by_text("■ stopped").wait_for()


@WITH_HTMX
def test_a_list_follows_its_filters_and_the_address_too(page: Page, world: World) -> None:
    page.goto(f"/console/checks/{world.task_id}/issues")
    page.get_by_text("1 issue", exact=True).wait_for()
    page.get_by_label("fatal").check()
    page.get_by_text("0 issues", exact=True).wait_for()
    page.wait_for_url("**severity=fatal**")
    page.get_by_label("fatal").uncheck()
    page.get_by_label("File").fill("shop.py")
    page.get_by_text("1 issue", exact=True).wait_for()


def test_without_scripts_everything_can_be_read_and_sent(
    browser: Browser, app: Application, mine: Visitor, world: World
) -> None:
    record_id = running(app, mine, world)
    app.services.live_logs.append(record_id, 0, b"the first line\n")
    context = signed_in(browser, app, mine, scripts=False)
    page = context.new_page()
    page.goto(f"/console/records/{record_id}")
    assert page.get_by_text("the first line").is_visible()
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("It was asked to stop.").wait_for()
    page.goto(f"/console/checks/{world.task_id}/issues")
    page.get_by_label("fatal").check()
    page.get_by_role("button", name="Show").click()
    page.get_by_text("0 issues", exact=True).wait_for()
    context.close()
