"""JUnit XML is written by builds: it is counted truly, and nothing in it does any harm."""

from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bottega.build.reports import untrusted_xml
from bottega.build.reports.errors import ReportUnreadable
from bottega.build.reports.figures import MOST, UnitTests, check_tests
from bottega.build.reports.junit import milliseconds, read

SUREFIRE = b"""<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="shop.BasketTest" tests="99" failures="99" errors="0" skipped="0" time="1,234.5">
  <properties><property name="testcase" value="x"/></properties>
  <testcase name="adds" classname="shop.BasketTest" time="0.25"/>
  <testcase name="removes" classname="shop.BasketTest" time="1,000.5"><failure type="E">at line 1</failure></testcase>
  <testcase name="pays" classname="shop.BasketTest" time="0,001"><error/><failure/></testcase>
  <testcase name="waits" classname="shop.BasketTest"><skipped message="later"/></testcase>
  <testcase name="flaky" classname="shop.BasketTest" time="1">
    <flakyFailure/><system-out>&lt;error/&gt;</system-out>
  </testcase>
</testsuite>
"""

GTEST = """<testsuites tests="4">
  <testsuite name="inner"><testsuite name="deeper">
    <testcase name="runs" status="run" result="completed" time="0.002"/>
    <testcase name="DISABLED_one" status="notrun" result="suppressed" time="0"/>
    <testcase name="other"><nested><failure/><testcase><error/></testcase></nested></testcase>
  </testsuite></testsuite>
  <testcase name="beside"><disabled/></testcase>
</testsuites>
"""

BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE testsuite [
  <!ENTITY a "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa">
  <!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
  <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
]>
<testsuite><testcase name="&c;"/></testsuite>
"""


def test_test_cases_are_counted_whatever_the_totals_say() -> None:
    tests = read(SUREFIRE)
    assert tests == UnitTests(success=2, failures=1, errors=1, others=1, execution_ms=1_001_751)
    assert (tests.total, tests.passed, tests.density) == (5, False, 0.4)


def test_suites_may_be_nested_and_cases_may_not() -> None:
    assert read(GTEST.encode()) == UnitTests(success=2, others=2, execution_ms=2)
    assert read(GTEST.encode("utf-16")) == read(GTEST.encode())
    assert read(b"<j:testsuite xmlns:j='urn:x'><j:testcase/></j:testsuite>") == UnitTests(success=1)
    assert read(b"<testsuites/>") == UnitTests()


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (BOMB, "declares a document type"),
        (b"<!DOCTYPE testsuite SYSTEM 'file:///etc/passwd'><testsuite/>", "declares a document type"),
        (b"", "is not XML: no element found"),
        (b"<testsuite>", "is not XML"),
        (b"<testsuite>&nobody;</testsuite>", "is not XML: undefined entity"),
        (b"<testsuite/>more", "is not XML"),
        (b"\0\0\0", "is not XML"),
        (b"<html><testcase/></html>", "is no JUnit report: it begins with <html>"),
        (b"<testsuite>" * 101 + b"</testsuite>" * 101, "more than 100 levels"),
        (b"<?xml version='1.0' encoding='no such'?><testsuite/>", "encoding|not XML"),
        (b"<?xml version='1.0' encoding='hex'?><testsuite/>", "encoding|not XML"),
        (b"<?xml version='1.0' encoding='gb18030'?><testsuite/>", "encoding|not XML"),
    ],
)
def test_what_is_no_report_is_refused_with_the_reason(document: bytes, reason: str) -> None:
    with pytest.raises(ReportUnreadable, match=reason):
        read(document)


def test_size_and_number_of_elements_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(untrusted_xml, "MAX_BYTES", 100)
    monkeypatch.setattr(untrusted_xml, "MAX_ELEMENTS", 3)
    assert read(b"<testsuite><testcase/><testcase/></testsuite>").total == 2
    with pytest.raises(ReportUnreadable, match="more than 3 elements"):
        read(b"<testsuite><testcase/><testcase/><testcase/></testsuite>")
    with pytest.raises(ReportUnreadable, match="has 101 bytes, and at most 100 are read"):
        read(b"<testsuite/>".ljust(101))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.25", 250),
        ("0,25", 250),
        ("1,234.5", 1_234_500),
        ("12", 12_000),
        ("1e3", 1_000_000),
        ("", 0),
        ("soon", 0),
        ("-1", 0),
        ("nan", 0),
        ("inf", MOST),
        ("1e300", MOST),
    ],
)
def test_times_are_read_as_tools_of_any_locale_write_them(text: str, expected: int) -> None:
    assert milliseconds(text) == expected


TAGS = st.sampled_from(["testsuites", "testsuite", "testcase", "failure", "error", "skipped", "b:c", "x"])
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["time", "status", "name"]), st.text("019.,-einfatsrun ", max_size=8)
)


def element(tag: str, attributes: dict[str, str], inside: list[str]) -> str:
    written = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<{tag} xmlns:b='b'{written}>{''.join(inside)}</{tag}>"


def nested(inner: Any) -> Any:
    return st.builds(element, TAGS, ATTRIBUTES, st.lists(inner, max_size=4))


DOCUMENTS = st.recursive(st.sampled_from(["", "text", "<![CDATA[<testcase/>]]>"]), nested, max_leaves=15)


@given(DOCUMENTS.map(lambda inside: f"<testsuite>{inside}</testsuite>".encode()))
def test_well_formed_documents_give_figures_that_can_be_kept(document: bytes) -> None:
    check_tests(read(document))


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: f"<testsuite>{text}".encode()))
@example(b"<?xml version='1.0' encoding='utf-7'?><testsuite/>")
@example(b"\xff\xfe<\0t\0")
def test_whatever_a_file_holds_it_gives_figures_or_the_refusal_of_a_report(junk: bytes) -> None:
    try:
        check_tests(read(junk))
    except ReportUnreadable as error:
        assert len(str(error)) < 300


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789_-", min_size=1, max_size=12))
@example("idna")
@example("punycode")
@example("rot13")
@example("undefined")
@example("raw_unicode_escape")
@example("mbcs")
def test_no_encoding_breaks_the_reader(name: str) -> None:
    try:
        read(f"<?xml version='1.0' encoding='{name}'?><testsuite/>".encode())
    except ReportUnreadable as error:
        assert len(str(error)) < 300
