"""Hostile names through every format, read back by readers that share nothing with what wrote them."""

from __future__ import annotations

import json
import os
import re
import unicodedata
import urllib.parse
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from junitparser import JUnitXml
from markdown_it import MarkdownIt

from cocoproof.cli.main import run
from cocoproof.model.findings import Elsewhere, FileReport, Finding, Kind, Report, RuleResult, Severity, Summary, Verdict
from cocoproof.reports import github, gitlab, json_report, junit, markdown, sarif
from cocoproof.reports import text_report as text
from cocoproof.reports.style import Style
from cocoproof.rules.catalogue import RULES

from .hostile import HOSTILE
from .runner import Command, commands

SCHEMA = json.loads((Path(__file__).parent / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema_rs.Draft4Validator(SCHEMA, validate_formats=True)
PLAIN = "plain.jpg"
NAMES = {rule.code: rule.name for rule in RULES}


def report_with(name: str) -> Report:
    """A report in which a name stands wherever one can: in the path, in messages at their start and end, in pointers, in reasons."""

    def finding(code: str, severity: Severity, message: str, line: int | None) -> Finding:
        column = None if line is None else 7
        pointer = f"/{name}/0" if line is None else f"/images/0/{name}"
        return Finding(
            code=code,
            name=NAMES[code],
            severity=severity,
            message=message,
            pointer=pointer,
            line=line,
            column=column,
            image_id=1,
            annotation_id=name,
            category_id=None,
            related=(f"/{name}/1",),
            fingerprint="0" * 16,
            elsewhere=(Elsewhere(path=name, pointer=f"/{name}/2"), Elsewhere(path=f"{name}.json", pointer=name)),
        )

    findings = (
        finding("COCO108", Severity.NOTE, f"{name} is not a section of COCO", 3),
        finding("COCO204", Severity.ERROR, f'name "{name}" is also that of categories[0]', 4),
        finding("COCO805", Severity.ERROR, f"image 3 ({name}): {name}", None),
        finding("COCO999", Severity.ERROR, f"crashed (internal error): {name}", None),
    )
    rules = (
        RuleResult(code="COCO108", verdict=Verdict.FAILED, count=1, reason=None, summary=Summary(notes=1)),
        RuleResult(code="COCO204", verdict=Verdict.FAILED, count=12, reason=f"{name}", summary=Summary(errors=12)),
        RuleResult(code="COCO401", verdict=Verdict.SKIPPED, count=0, reason=f"needs {name}"),
        RuleResult(code="COCO402", verdict=Verdict.SKIPPED, count=0, reason=f"{name}"),
        RuleResult(code="COCO501", verdict=Verdict.CRASHED, count=0, reason=f"{name}"),
        RuleResult(code="COCO805", verdict=Verdict.FAILED, count=1, reason=None, summary=Summary(errors=1)),
        RuleResult(code="COCO999", verdict=Verdict.FAILED, count=1, reason=None, summary=Summary(errors=1)),
    )
    counts = {"images": 1, "annotations": 2, "categories": 3}
    return Report(
        files=(
            FileReport(
                path=f"{name}",
                kind=Kind.INSTANCES,
                counts=counts,
                findings=findings,
                rules=rules,
                summary=Summary(errors=14, warnings=0, notes=1),
            ),
        ),
        profiles=("release",),
    )


hostile = pytest.mark.parametrize("name", HOSTILE, ids=[ascii(name)[:40] for name in HOSTILE])


def live(shown: str) -> list[str]:
    """Characters that a terminal obeys, and that no encoder takes."""
    directions = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    return [
        char
        for char in shown
        if (unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} and char != "\n")
        or unicodedata.bidirectional(char) in directions
        or char in "\u200e\u200f\u061c\ufeff"
    ]


@hostile
def test_text(name: str) -> None:
    shown = text.render(report_with(name))
    assert live(shown) == []
    if name:  # what has no reason says none
        assert len(shown.split("\n")) == len(text.render(report_with(PLAIN)).split("\n"))
    assert commands(shown) == []
    narrow = text.render(report_with(name), Style(width=40))
    assert commands(narrow) == []


@hostile
def test_json(name: str) -> None:
    shown = json_report.render(report_with(name))
    assert shown.isascii()
    (file,) = json.loads(shown)["files"]
    assert file["path"] == name
    assert file["findings"][0]["message"] == f"{name} is not a section of COCO"
    assert file["findings"][0]["pointer"] == f"/images/0/{name}"


@hostile
def test_sarif(name: str) -> None:
    shown = sarif.render(report_with(name))
    assert shown.isascii()
    log = json.loads(shown)
    VALIDATOR.validate(log)
    (sarif_run,) = log["runs"]
    texts = [result["message"]["text"] for result in sarif_run["results"]]
    texts += [
        notification["message"]["text"]
        for invocation in sarif_run["invocations"]
        for notification in invocation["toolExecutionNotifications"]
    ]
    assert len(texts) == 5
    for one in texts:
        assert live(one) == []
        assert not re.search(r"[{}]", one.replace("{{", "").replace("}}", ""))  # 3.11.5: a single brace is a placeholder's
        assert not re.search(r"\[[^\]]*\]\(", one)  # 3.11.6
    for result in sarif_run["results"]:
        related = [place["physicalLocation"]["artifactLocation"]["uri"] for place in result["relatedLocations"]]
        assert len(related) == 3
        assert all(re.fullmatch(r"[A-Za-z0-9._~/%-]*", uri.removeprefix("file://")) for uri in related)
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9._~/%-]*", uri.removeprefix("file://"))
        plain = urllib.parse.unquote_to_bytes(uri.removeprefix("file://") if name.startswith("/") else uri)
        assert plain == name.encode("utf-8", "surrogateescape" if "\udcff" in name else "surrogatepass")
        assert sarif_run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def shape(element: ET.Element) -> list[Any]:
    """The elements and attributes of a tree, whatever the texts in it."""
    return [element.tag, sorted(element.keys()), [shape(child) for child in element]]


@hostile
def test_junit(name: str) -> None:
    shown = junit.render(report_with(name))
    assert shown.isascii()
    tree = ET.fromstring(shown)  # noqa: S314
    assert shape(tree) == shape(ET.fromstring(junit.render(report_with(PLAIN))))  # noqa: S314
    texts = [value for element in tree.iter() for value in (*element.attrib.values(), element.text or "")]
    assert [char for one in texts for char in live(one)] == []
    suites = JUnitXml.fromstring(shown.encode())
    (suite,) = suites
    assert (suites.tests, suites.failures, suites.errors, suites.skipped) == (7, 3, 1, 2)
    assert [case.name for case in suite] == [
        f"{code} {NAMES[code]}" for code in ("COCO108", "COCO204", "COCO401", "COCO402", "COCO501", "COCO805", "COCO999")
    ]


@hostile
def test_github(name: str) -> None:
    shown = github.render(report_with(name))
    assert live(shown) == []
    assert len(shown.split("\n")) == len(github.render(report_with(PLAIN)).split("\n")) - (not name)
    found = commands(shown)
    assert [command.name for command in found] == ["error", "error", "error", "notice", "group", "endgroup"]
    counts = ["12 errors: ", "1 error: ", "1 error: ", "1 note: "]
    for command, count in zip(found[:4], counts, strict=True):
        assert set(command.properties) <= {"file", "line", "col", "title"}
        assert re.fullmatch(r"COCO\d{3} [a-z-]+", command.properties["title"])
        assert command.data.startswith(count)
        if name:
            assert command.properties["file"]
        if name.isascii() and name.isprintable() and "##" not in name and len(name) < 500:
            assert name in command.data  # the runner undoes what was done to it
        assert live("".join((command.data, *command.properties.values()))) == []
        assert command.properties.get("line") in {None, "3", "4"}


def test_a_plain_name_comes_back_from_github_as_it_was() -> None:
    name = "a, b: c = 100% sure.json"
    found = commands(github.render(report_with(name)))
    assert found[0] == Command(
        "error",
        {"file": name, "line": "4", "col": "7", "title": "COCO204 duplicate-category-name"},
        f'12 errors: name "{name}" is also that of categories[0] (/images/0/{name})',
    )


@hostile
def test_gitlab(name: str) -> None:
    shown = gitlab.render(report_with(name))
    assert shown.isascii()
    entries = json.loads(shown)
    assert [entry["severity"] for entry in entries] == ["info", "critical", "critical", "critical"]
    assert len({entry["fingerprint"] for entry in entries}) == 4
    for entry in entries:
        assert live(entry["description"] + entry["location"]["path"]) == []
        assert entry["location"]["lines"]["begin"] >= 1


COMMONMARK = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def blocks(shown: str) -> tuple[list[str], str]:
    """The kinds of all blocks and spans of a Markdown text, and what it says outside of code."""
    kinds, said = [], []
    for token in COMMONMARK.parse(shown):
        kinds.append(token.type)
        for child in token.children or ():
            kinds.append(child.type)
            said.append("" if child.type == "code_inline" else child.content)
    return kinds, "".join(said)


@hostile
def test_markdown(name: str) -> None:
    shown = markdown.render(report_with(name))
    assert live(shown) == []
    kinds, said = blocks(shown)
    plain_kinds, plain_said = blocks(markdown.render(report_with(PLAIN)))
    if name.strip():
        assert kinds == plain_kinds
        assert said == plain_said
    else:  # of nothing there is no code span; what stands there instead is ours
        assert set(kinds) == set(plain_kinds)
        assert said.replace("(blank)", "") == plain_said
    assert not {"link_open", "image", "html_inline", "html_block", "fence", "code_block"} & set(kinds)


def usable(name: str) -> bool:
    """Whether a POSIX file system takes it as the name of a file in a folder."""
    return "\0" not in name and "/" not in name and "\ud83d" not in name and 0 < len(os.fsencode(name)) < 200


@pytest.mark.skipif(os.name == "nt", reason="Windows takes few of these names")
def test_files_of_these_names_through_all_formats_in_one_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    names = [name for name in HOSTILE if usable(name)]
    for name in names:
        image = {"id": 1, "file_name": name, "width": 4, "height": 4}
        row = {"id": name, "image_id": 1, "category_id": 1, "bbox": [0, 0, 0, 1], "area": 0, "iscrowd": 0}
        document = {name: [], "images": [image], "annotations": [row], "categories": [{"id": 1, "name": name}, {"id": 2, "name": name}]}
        (folder / f"{name}.json").write_text(json.dumps(document), encoding="ascii")
    monkeypatch.chdir(tmp_path)
    formats = ("text", "json", "sarif", "junit", "github", "gitlab", "markdown")
    pairs = [word for one in formats for word in ("--output-format", one, one)]
    assert run(["check", "files", "--reload", "never", "--no-images", "--format", "github", *pairs]) == 1
    out = {one: (tmp_path / one).read_text(encoding="utf-8") for one in formats}
    assert capsys.readouterr().out == out["github"]
    assert {file["path"] for file in json.loads(out["json"])["files"]} == {f"files/{name}.json" for name in names}
    VALIDATOR.validate(json.loads(out["sarif"]))
    assert [len(list(suite)) for suite in JUnitXml.fromstring(out["junit"].encode())] == [len(RULES)] * len(names)
    assert [command.name for command in commands(out["github"])] == [
        *["error"] * 10,
        *["warning"] * 10,
        *["notice"] * 10,
        "group",
        "endgroup",
    ]
    assert len(json.loads(out["gitlab"])) == sum(len(file["findings"]) for file in json.loads(out["json"])["files"])
    kinds, _ = blocks(out["markdown"])
    assert not {"link_open", "image", "html_inline", "html_block", "fence", "code_block"} & set(kinds)
    assert live(out["text"]) == []


def test_there_are_enough_names() -> None:
    assert len(set(HOSTILE)) >= 50
