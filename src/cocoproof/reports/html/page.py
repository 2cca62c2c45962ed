"""From a report and its exhibits to the page: all decisions are made here, the template only lays out."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup

from cocoproof.model.findings import Kind, Severity, Verdict
from cocoproof.reports.escape import escape
from cocoproof.reports.html.file_section import FileSection, groups_of
from cocoproof.reports.html.markdown_html import as_html, inline
from cocoproof.rules.catalogue import RULES
from cocoproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cocoproof.model.findings import FileReport, Finding, Report, RuleResult
    from cocoproof.reports.html.caps import ReportCaps
    from cocoproof.reports.html.category_table import CategoryTable
    from cocoproof.reports.html.file_section import FindingImage
    from cocoproof.reports.html.image_cache import ImageCache
    from cocoproof.reports.html.plots import Plot

__all__ = ["render_page"]


@dataclass(frozen=True, slots=True)
class _Card:
    """One finding as it is shown."""

    number: int
    finding: Finding
    message: str
    pointer: str
    ids: tuple[tuple[str, str], ...]
    picture: FindingImage | None


@dataclass(frozen=True, slots=True)
class _Rule:
    """The findings of one rule on one file as they are shown.

    Attributes:
        anchor: The id of its section.
        severity: The gravest of its findings.
        summary: What a breach is.
        documentation: Why it matters; None where it stands elsewhere in the page.
        explained: The anchor of the section with the documentation.
        first, rest: Findings that are shown at once, and those that are folded away.
        hidden: How many are not listed.
    """

    anchor: str
    code: str
    name: str
    severity: str
    count: int
    summary: Markup
    documentation: Markup | None
    explained: str
    first: tuple[_Card, ...]
    rest: tuple[_Card, ...]
    hidden: int


@dataclass(frozen=True, slots=True)
class _Reason:
    """Why some rules were not judged, or what else their verdicts say."""

    codes: tuple[str, ...]
    reason: str
    verdict: str


@dataclass(frozen=True, slots=True)
class _Section:
    """One file as it is shown."""

    anchor: str
    file: FileReport
    counts: tuple[tuple[int, str], ...]
    rules: tuple[_Rule, ...]
    roles: frozenset[str]
    plots: tuple[Plot, ...]
    categories: CategoryTable | None
    passed: tuple[str, ...]
    reasons: tuple[_Reason, ...]
    verdicts: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """One file in the table of files; no anchor where it has no section."""

    anchor: str | None
    file: FileReport
    state: str


_AT_ONCE = 4
"""Findings of a rule that are shown without unfolding."""


def render_page(report: Report, exhibits: Sequence[FileSection | None], album: ImageCache, limits: ReportCaps, fail_on: Severity) -> str:
    """The HTML document.

    Args:
        report: The verdicts.
        exhibits: What is shown of each file, in the order of the report; None for one without a section.
        album: The photos that the exhibits show.
        limits: How much to show.
        fail_on: The severity from which on a finding fails the run.
    """
    layout = _Layout(limits)
    shown = [
        None if exhibit is None else layout.section(k, file, exhibit)
        for k, (file, exhibit) in enumerate(zip(report.files, exhibits, strict=True), 1)
    ]
    rows = [_Row(section.anchor if section else None, file, _state(file)) for file, section in zip(report.files, shown, strict=True)][
        : limits.files
    ]
    style = _style()
    page = _environment().get_template("page.html.jinja")
    return page.render(
        style=Markup(style),  # noqa: S704 - our own file
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii"),
        version=__version__,
        verdict=_verdict(report, fail_on),
        title=_title(report, fail_on),
        profiles=report.profiles,
        fail_on=fail_on.value,
        rows=rows,
        files=len(report.files),
        sections=[section for section in shown if section is not None],
        album=album,
        limits=limits,
    )


@cache
def _style() -> str:
    """The style sheet as it stands between its tags, for the policy names it by its hash."""
    return files(__package__).joinpath("page.css").read_text(encoding="utf-8").replace("\r\n", "\n")


@cache
def _environment() -> jinja2.Environment:
    """Templates in which every value is escaped twice: live characters are shown by their code, then comes HTML's own."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("cocoproof.reports.html", "."),
        autoescape=True,
        finalize=lambda value: escape(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["thousands"] = lambda number: f"{number:,}"
    environment.filters["plural"] = lambda number, one, many=None: f"{number:,} {one if number == 1 else many or one + 's'}"
    return environment


class _Layout:
    """Lays out files one after another, and remembers what was explained and how many findings were listed."""

    def __init__(self, limits: ReportCaps) -> None:
        self._limits = limits
        self._rules = {rule.code: rule for rule in RULES}
        self._explained: dict[str, str] = {}
        self._room = limits.findings
        self._cards = 0

    def section(self, number: int, file: FileReport, exhibit: FileSection) -> _Section:
        """Lay out one file."""
        verdicts = [_outcome(rule) for rule in file.rules]
        words = ("failed", "failed"), ("passed", "passed"), ("accepted", "accepted"), ("skipped", "not judged"), ("crashed", "crashed")
        one = ("results",) if file.kind is Kind.RESULTS else ("images", "annotations", "categories")
        keys = ("annotations",) if file.kind is Kind.RESULTS else one
        return _Section(
            f"file-{number}",
            file,
            tuple(
                (file.counts.get(key, 0), word if file.counts.get(key, 0) != 1 else _SINGULAR[word])
                for key, word in zip(keys, one, strict=True)
            ),
            tuple(self._rule(number, group.code, group.count, group.findings, exhibit) for group in groups_of(file)),
            frozenset(role for picture in exhibit.pictures.values() for role in picture.roles),
            exhibit.plots,
            exhibit.categories,
            tuple(rule.code for rule in file.rules if rule.verdict is Verdict.PASSED),
            tuple(_reasons(file)),
            tuple((verdicts.count(verdict), shown) for verdict, shown in words if verdict in verdicts),
        )

    def _rule(self, number: int, code: str, count: int, findings: Sequence[Finding], exhibit: FileSection) -> _Rule:
        anchor = f"file-{number}-{code}"
        rule = self._rules.get(code)
        listed = findings[: min(self._limits.findings_per_rule, self._room)]
        self._room -= len(listed)
        cards = tuple(self._card(finding, exhibit.pictures.get(finding)) for finding in listed)
        documentation = None
        if code not in self._explained:
            self._explained[code] = anchor
            documentation = as_html(rule.documentation) if rule else Markup("")
        first = findings[0]
        at_once = _AT_ONCE if any(card.picture for card in cards) else 2 * _AT_ONCE
        at_once = at_once if len(cards) > at_once + 1 else len(cards)  # to unfold one would be a waste
        return _Rule(
            anchor,
            code,
            first.name,
            max((finding.severity for finding in findings), key=lambda severity: severity.rank).value,
            count,
            inline(rule.summary if rule else ""),
            documentation,
            self._explained[code],
            cards[:at_once],
            cards[at_once:],
            count - len(cards),
        )

    def _card(self, finding: Finding, picture: FindingImage | None) -> _Card:
        ids = (("image", finding.image_id), ("annotation", finding.annotation_id), ("category", finding.category_id))
        self._cards += 1
        shown = tuple((word, _cut(str(value), _LONGEST_ID)) for word, value in ids if value is not None)
        pointer = _cut(finding.pointer, self._limits.text // 2)
        return _Card(self._cards, finding, _cut(finding.message, self._limits.text), pointer, shown, picture)


_LONGEST_ID = 60


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length] + "…"


_SINGULAR = {"results": "result", "images": "image", "annotations": "annotation", "categories": "category"}


def _reasons(file: FileReport) -> list[_Reason]:
    """What was not judged, or not all of it, and why: the crashed first, and last what is for other kinds of files."""
    found: dict[tuple[str, str], list[str]] = {}
    for rule in file.rules:
        if rule.reason:
            found.setdefault((_outcome(rule), rule.reason), []).append(rule.code)
    reasons = [_Reason(tuple(codes), reason, verdict) for (verdict, reason), codes in found.items()]
    return sorted(reasons, key=lambda one: (one.verdict != "crashed", one.reason.startswith("not for "), one.codes))


def _outcome(rule: RuleResult) -> str:
    """What came of a rule, in a word: its verdict, or that all that it found is accepted by the baseline."""
    return "accepted" if rule.only_accepted else rule.verdict.value


def _state(file: FileReport) -> str:
    """The worst that was found in a file, or `passed`; `crashed` where a verdict is unknown."""
    if any(rule.verdict is Verdict.CRASHED for rule in file.rules):
        return "crashed"
    counts = ((file.summary.errors, "error"), (file.summary.warnings, "warning"), (file.summary.notes, "note"))
    return next((word for count, word in counts if count), "passed")


@dataclass(frozen=True, slots=True)
class _Verdict:
    """The verdict on the run: a class for the style sheet, the word, and the sentence behind it."""

    style: str
    word: str
    sentence: str


def _verdict(report: Report, fail_on: Severity) -> _Verdict:
    summary = report.summary
    if report.crashed:
        return _Verdict("error", "No verdict", "A rule failed inside, so what it judges is not known.")
    told = ((summary.errors, "error"), (summary.warnings, "warning"), (summary.notes, "note"))
    words = [f"{count:,} {word if count == 1 else word + 's'}" for count, word in told if count]
    sentence = (" and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words) or "Nothing was found") + "."
    if not report.ok(fail_on):
        return _Verdict("error", "Failed", sentence)
    return _Verdict("passed", "Passed", sentence)


def _title(report: Report, fail_on: Severity) -> str:
    names = report.files[0].path.replace("\\", "/").rpartition("/")[2] if len(report.files) == 1 else f"{len(report.files)} files"
    return f"{_verdict(report, fail_on).word}: {names[:100]} - cocoproof"
