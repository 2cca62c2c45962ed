"""JUnit files: places and messages that a CI shows, and nothing from a file that breaks the XML."""

from __future__ import annotations

import sys
from xml.etree import ElementTree as ET

import pytest

pytest_plugins = ["pytester"]


def cases(project, *arguments: str) -> dict[str, ET.Element]:
    project.run(*arguments, "--junitxml=junit.xml")
    suite = ET.parse(project.path / "junit.xml").getroot().find("testsuite")  # noqa: S314 # we wrote it
    return {case.get("name"): case for case in suite}


def test_a_case_says_where_and_what(data) -> None:
    found = cases(data, "--coco", "data/bad.json", "-o", "junit_family=xunit1", "-k", "COCO5 or COCO4")
    case = found["COCO501-box-not-positive"]
    assert case.attrib.items() >= {"classname": "data.bad.json", "file": "data/bad.json", "line": "9"}.items()
    (failure,) = case.iter("failure")
    assert failure.get("message") == "1 error, line 10: annotation 1 (image 1, 1.jpg): the box is 0 x 16 px"
    assert "10:54  annotation 1" in failure.text
    assert "cocoproof explain COCO501" in failure.text
    assert {(one.get("name"), one.get("value")) for one in case.iter("property")} == {("coco.errors", "1")}
    (skipped,) = found["COCO401-category-order-mismatch"].iter("skipped")
    assert skipped.get("message") == "needs a class list (--categories FILE)"
    assert skipped.text == "data/bad.json:1: needs a class list (--categories FILE)"
    assert not list(found["COCO502-box-outside-image"])


def test_the_default_family_has_them_too(data) -> None:
    case = cases(data, "--coco", "data/bad.json")["COCO501-box-not-positive"]
    assert case.get("classname") == "data.bad.json"
    assert case.find("failure").get("message").startswith("1 error, line 10")


@pytest.mark.skipif(sys.platform == "win32", reason="such names are not allowed there")
def test_hostile_files_do_not_break_the_xml(project, example) -> None:
    hostile = "".join(map(chr, (*range(1, 32), *range(127, 160), 0x202E, 0xFFFE, 0xFFFF, 0xD800))) + "]]><!--&\"'"
    document = example([{"bbox": [4, 5, 0, 16]}], images=[{"file_name": hostile}])
    name = "\x01\x1b<&\"'>\udcff.json"
    project.write(name, document)
    found = cases(project, f"--coco={name}", "-o", "junit_family=xunit1")
    case = found["COCO501-box-not-positive"]
    shown = case.find("failure").text + case.find("failure").get("message") + case.get("classname") + case.get("file")
    assert r"\x01\x1b<&" in case.get("file")
    assert r"\x1b" in case.find("failure").text
    assert all(char.isprintable() or char in "\n\ufffe\uffff" for char in shown)


def test_a_crash_is_an_error(data, monkeypatch) -> None:
    from cocoproof.rules.catalogue import find

    (rule,) = find("COCO502")
    judge = rule.check
    object.__setattr__(rule, "check", lambda _: 1 / 0)
    try:
        case = cases(data, "--coco", "data/good.json", "-k", "COCO502")["COCO502-box-outside-image"]
    finally:
        object.__setattr__(rule, "check", judge)
    assert "COCO502 crashed (internal error), its verdict is unknown: ZeroDivisionError" in case.find("error").get("message")
