"""Lays out the page: what is shown, where, and in which order. The templates only fill in."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup

from cocoproof.model.escaping import escape
from cocoproof.model.findings import Severity, Verdict
from cocoproof.model.wording import count_of, cut, join_words
from cocoproof.reports.arrivals_text import ArrivalTable, arrival_table, headline
from cocoproof.reports.html.markdown_html import as_html, inline
from cocoproof.reports.row_counts import row_counts
from cocoproof.rules.catalogue import RULES, rules_named
from cocoproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cocoproof.model.findings import FileReport, Finding, FindingGroup, Report, RuleResult
    from cocoproof.reports.html.caps import ReportCaps
    from cocoproof.reports.html.category_table import CategoryTable
    from cocoproof.reports.html.file_section import FileSection, FindingImage
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
        severity: The highest severity of its findings.
        summary: What the rule reports.
        documentation: Why it matters; None if another section of the page has it.
        explained: The anchor of the section with the documentation.
        first, rest: Findings that are visible, and those that are collapsed.
        hidden: How many are not listed.
        consequences: What follows from its findings, in a few words; empty if nothing does.
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
    consequences: str


@dataclass(frozen=True, slots=True)
class _Reason:
    """Why some rules were skipped, or what else their verdicts say."""

    codes: tuple[str, ...]
    reason: str
    verdict: str


@dataclass(frozen=True, slots=True)
class _Section:
    """One file as it is shown."""

    anchor: str
    file: FileReport
    counts: tuple[str, ...]
    rules: tuple[_Rule, ...]
    roles: frozenset[str]
    plots: tuple[Plot, ...]
    arrives: tuple[str, ...]
    arrival_table: ArrivalTable | None
    categories: CategoryTable | None
    passed: tuple[str, ...]
    reasons: tuple[_Reason, ...]
    verdicts: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """One file in the table of files; no anchor if it has no section."""

    anchor: str | None
    file: FileReport
    state: str


_VISIBLE = 4
"""Findings of a rule that are visible without expanding."""


def render_page(report: Report, sections: Sequence[FileSection | None], cache: ImageCache, limits: ReportCaps, fail_on: Severity) -> str:
    """The HTML document.

    Args:
        report: The report.
        sections: What is shown of each file, in the order of the report; None for a file without a section.
        cache: The thumbnails that the sections show.
        limits: How much to show.
        fail_on: The lowest severity that fails the run.
    """
    layout = _Layout(limits)
    shown = [
        None if section is None else layout.section(k, file, section)
        for k, (file, section) in enumerate(zip(report.files, sections, strict=True), 1)
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
        cache=cache,
        limits=limits,
    )


@cache
def _style() -> str:
    """The style sheet exactly as it is between its tags: the policy contains its hash."""
    return files(__package__).joinpath("page.css").read_text(encoding="utf-8").replace("\r\n", "\n")


@cache
def _environment() -> jinja2.Environment:
    """Templates in which every value is escaped twice: dangerous characters are replaced by their code, then HTML is escaped."""
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
    environment.filters["counted"] = count_of
    return environment


class _Layout:
    """Lays out files one after another. It remembers which rules were explained and how many findings were listed."""

    def __init__(self, limits: ReportCaps) -> None:
        self._limits = limits
        self._rules = {rule.code: rule for rule in RULES}
        self._explained: dict[str, str] = {}
        self._room = limits.findings
        self._cards = 0

    def section(self, number: int, file: FileReport, contents: FileSection) -> _Section:
        """Lay out one file."""
        verdicts = [_outcome(rule) for rule in file.rules]
        words = ("failed", "passed", "accepted", "explained", "skipped", "crashed")
        return _Section(
            anchor=f"file-{number}",
            file=file,
            counts=tuple(row_counts(file)),
            rules=tuple(self._rule(number, group, contents) for group in file.by_rule()),
            roles=frozenset(role for picture in contents.pictures.values() for role in picture.roles),
            plots=contents.plots,
            arrives=tuple(cut(headline(arrival), self._limits.text, "…") for arrival in file.arrives),
            arrival_table=arrival_table(file.arrives, self._limits.arriving_classes),
            categories=contents.categories,
            passed=tuple(rule.code for rule in file.rules if rule.verdict is Verdict.PASSED),
            reasons=tuple(_reasons(file)),
            verdicts=tuple((verdicts.count(word), word) for word in words if word in verdicts),
        )

    def _rule(self, number: int, group: FindingGroup, contents: FileSection) -> _Rule:
        anchor = f"file-{number}-{group.code}"
        if group.code not in self._rules:
            self._rules = rules_named([group.code])
        rule = self._rules.get(group.code)
        listed = group.findings[: min(self._limits.findings_per_rule, self._room)]
        self._room -= len(listed)
        cards = tuple(self._card(finding, contents.pictures.get(finding)) for finding in listed)
        documentation = None
        if group.code not in self._explained:
            self._explained[group.code] = anchor
            documentation = as_html(rule.documentation) if rule else Markup("")
        visible = _VISIBLE if any(card.picture for card in cards) else 2 * _VISIBLE
        visible = visible if len(cards) > visible + 1 else len(cards)  # a single card is not worth collapsing
        return _Rule(
            anchor=anchor,
            code=group.code,
            name=group.name,
            severity=group.severity.value,
            count=group.count,
            summary=inline(rule.summary if rule else ""),
            documentation=documentation,
            explained=self._explained[group.code],
            first=cards[:visible],
            rest=cards[visible:],
            hidden=group.count - len(cards),
            consequences=group.explained,
        )

    def _card(self, finding: Finding, picture: FindingImage | None) -> _Card:
        ids = (("image", finding.image_id), ("annotation", finding.annotation_id), ("category", finding.category_id))
        self._cards += 1
        return _Card(
            number=self._cards,
            finding=finding,
            message=cut(finding.message, self._limits.text, "…"),
            pointer=cut(finding.pointer, self._limits.text // 2, "…"),
            ids=tuple((word, cut(str(value), _LONGEST_ID, "…")) for word, value in ids if value is not None),
            picture=picture,
        )


_LONGEST_ID = 60


"""The sections that are counted, and what their rows are called."""


def _reasons(file: FileReport) -> list[_Reason]:
    """Why rules crashed, were skipped, or did not check all rows: crashed rules first, rules for other kinds of files last."""
    found: dict[tuple[str, str], list[str]] = {}
    for rule in file.rules:
        if rule.reason:
            found.setdefault((_outcome(rule), rule.reason), []).append(rule.code)
    reasons = [_Reason(tuple(codes), reason, verdict) for (verdict, reason), codes in found.items()]
    return sorted(reasons, key=lambda one: (one.verdict != "crashed", one.reason.startswith("not for "), one.codes))


def _outcome(rule: RuleResult) -> str:
    """The verdict of a rule, `accepted` if the baseline accepts all of its findings, or `explained` if all follow from those of other rules."""
    return "accepted" if rule.only_accepted else "explained" if rule.only_explained else rule.verdict.value


def _state(file: FileReport) -> str:
    """The highest severity in a file, or `passed`; `crashed` if a rule crashed."""
    worst = file.summary.worst
    return "crashed" if file.crashed else worst.value if worst else "passed"


@dataclass(frozen=True, slots=True)
class _Verdict:
    """The verdict on the run: a class for the style sheet, the word, and the sentence after it."""

    style: str
    word: str
    sentence: str


def _verdict(report: Report, fail_on: Severity) -> _Verdict:
    if report.crashed:
        return _Verdict("error", "No verdict", "A rule crashed (internal error). Its verdict is unknown.")
    counts = [count_of(report.summary.of(severity), severity.value) for severity in Severity if report.summary.of(severity)]
    sentence = (join_words(counts) or "No findings") + "."
    return _Verdict("passed", "Passed", sentence) if report.ok(fail_on) else _Verdict("error", "Failed", sentence)


def _title(report: Report, fail_on: Severity) -> str:
    name = report.files[0].path.replace("\\", "/").rpartition("/")[2] if len(report.files) == 1 else count_of(len(report.files), "file")
    return f"{_verdict(report, fail_on).word}: {name[:100]} - cocoproof"
