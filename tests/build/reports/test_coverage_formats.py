"""Coverage reports are written by builds: they are read truly, and nothing in them does any harm."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bottega.build.reports import coverage_lines, untrusted_xml
from bottega.build.reports.coverage_formats import read
from bottega.build.reports.errors import ReportUnreadable
from bottega.build.reports.figures import Counter, Coverage, check_coverage

JACOCO = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd">
<report name="shop">
  <sessioninfo id="host-1" start="1" dump="2"/>
  <group name="basket">
    <package name="shop"><class name="shop/Basket" sourcefilename="Basket.java">
      <method name="add" desc="()V" line="3"><counter type="LINE" missed="0" covered="2"/></method>
      <counter type="LINE" missed="1" covered="2"/>
    </class><counter type="LINE" missed="1" covered="2"/></package>
    <counter type="LINE" missed="1" covered="2"/>
  </group>
  <counter type="INSTRUCTION" missed="4" covered="12"/>
  <counter type="BRANCH" missed="1" covered="1"/>
  <counter type="LINE" missed="1" covered="2"/>
  <counter type="COMPLEXITY" missed="1" covered="2"/>
  <counter type="METHOD" missed="0" covered="2"/>
  <counter type="CLASS" missed="0" covered="1"/>
</report>
"""

COBERTURA = b"""<?xml version="1.0" ?>
<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
<coverage version="7.6" lines-valid="77" lines-covered="77" line-rate="1" branch-rate="1">
  <sources><source>/workspace</source></sources>
  <packages><package name="shop"><classes>
    <class name="Basket" filename="shop/basket.py">
      <methods><method name="add" signature="()"><lines>
        <line number="3" hits="2"/><line number="4" hits="2" branch="true" condition-coverage="50% (1/2)"/>
      </lines></method><method name="drop" signature="()"><lines><line number="8" hits="0"/></lines></method></methods>
      <lines>
        <line number="3" hits="2"/><line number="4" hits="2" branch="true" condition-coverage="50% (1/2)"/>
        <line number="8" hits="0"/>
      </lines>
    </class>
    <class name="Basket$1" filename="shop/basket.py"><methods/><lines>
      <line number="8" hits="0"/><line number="20" hits="0"/>
    </lines></class>
    <class name="Empty" filename="shop/empty.py"><methods/><lines/></class>
  </classes></package></packages>
</coverage>
"""

LCOV = b"""TN:first
SF:/workspace/basket.c
FN:3,add
FN:8,10,drop(int, int)
FNDA:2,add
FNDA:0,drop(int, int)
FNF:2
FNH:1
BRDA:4,0,0,2
BRDA:4,0,1,-
BRDA:5,e0,jump to 7, or on,0
DA:3,2
DA:4,2,checksum
DA:8,0
LF:77
LH:77
end_of_record
TN:second
SF:/workspace/basket.c
DA:8,1
DA:9,1.5e+10
end_of_record
"""


def of(covered: int, total: int) -> Counter:
    return Counter(covered=covered, total=total)


def test_jacoco_has_added_up_its_groups_itself() -> None:
    assert read(JACOCO) == (
        "JaCoCo",
        Coverage(
            instructions=of(12, 16), branches=of(1, 2), lines=of(2, 3), methods=of(2, 2), classes=of(1, 1)
        ),
    )
    assert read(b"<report name='of no classes'><sessioninfo/></report>") == ("JaCoCo", Coverage())


def test_the_lines_of_cobertura_are_counted_once_whatever_the_totals_say() -> None:
    assert read(COBERTURA) == (
        "Cobertura",
        Coverage(branches=of(1, 2), lines=of(2, 4), methods=of(1, 2), classes=of(1, 2)),
    )


def test_the_records_of_lcov_add_up_to_what_any_test_has_run() -> None:
    assert read(LCOV) == ("lcov", Coverage(branches=of(1, 3), lines=of(4, 4), methods=of(1, 2)))
    assert read(LCOV.replace(b"\n", b"\r\n")) == read(LCOV)
    numbered = b"SF:a.c\nFNL:0,3,5\nFNA:0,2,add\nFNA:0,0,add<int>\nFNL:1,8\nFNA:1,0,drop\nend_of_record\n"
    assert read(numbered) == ("lcov", Coverage(methods=of(1, 2)))


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"", "is not XML: no element found"),
        (b"<report>", "is not XML"),
        (b"<html/>", "is no coverage report: it begins with <html>"),
        (b"<coverage clover='3'><project/></coverage>", "is a Clover report"),
        (b"<!DOCTYPE report [<!ENTITY a 'b'>]><report/>", "declares parts of its document type itself"),
        (
            b"<!DOCTYPE report SYSTEM 'x' [<!ENTITY % a SYSTEM 'file:///etc/passwd'> %a;]><report/>",
            "declares",
        ),
        (b"<report><counter type='LINE' missed='1'/></report>", "'covered' is no number: ''"),
        (b"<report><counter type='LINE' missed='-1' covered='2'/></report>", "'missed' is no number"),
        (b"<report><counter type='LINE' missed='9999999999' covered='1'/></report>", "cannot be"),
        (b"<report><counter type='LINE' missed='99999999999' covered='1'/></report>", "is no number"),
        (b"<coverage><class><line hits='1'/></class></coverage>", "a line without number or hits: '', '1'"),
        (b"SF:a.c\nDA:1\nend_of_record", "has a line 2 that is not as lcov writes it: 'DA:1'"),
        (b"SF:a.c\nDA:x,y\nend_of_record", "has a line 2 that is not as lcov writes it"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(document: bytes, reason: str) -> None:
    with pytest.raises(ReportUnreadable) as refusal:
        read(document)
    assert reason in refusal.value.reason


def test_a_type_that_is_named_is_never_fetched_and_its_entities_say_nothing() -> None:
    document = b"<!DOCTYPE report SYSTEM 'file:///etc/passwd'><report name='&inside;'>&inside;</report>"
    assert read(document) == ("JaCoCo", Coverage())


def test_size_and_number_of_lines_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage_lines, "MAX_MARKS", 2)
    assert read(b"SF:a\nDA:1,1\nDA:2,1\nDA:2,0\n")[1].lines == of(2, 2)
    with pytest.raises(ReportUnreadable, match="tells of more than 2 lines"):
        read(b"SF:a\nDA:1,1\nSF:b\nDA:1,1\nDA:2,1\n")
    monkeypatch.setattr(untrusted_xml, "MAX_BYTES", 20)
    with pytest.raises(ReportUnreadable, match="at most 20 are read"):
        read(b"<report name='longer'/>")


@given(
    st.binary(max_size=200)
    | st.text(max_size=100).map(lambda text: f"<coverage>{text}".encode())
    | st.lists(
        st.sampled_from(["SF:a", "DA:1,", "BRDA:1,", "FN:", "FNL:", "FNA:1", ",", "1", "inf", "-", "\n"])
    ).map(lambda words: f"TN:{''.join(words)}".encode())
)
@example(b"SF:a\nDA:nan,inf\nDA:inf,nan\nBRDA:inf,0,0,nan")
@example(b"SF:\xff\nDA:1,1")
def test_whatever_a_file_holds_it_gives_figures_or_a_refusal(junk: bytes) -> None:
    try:
        check_coverage(read(junk)[1])
    except ReportUnreadable as error:
        assert len(str(error)) < 300
