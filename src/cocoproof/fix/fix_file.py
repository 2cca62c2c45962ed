"""A file -> the fixed file, verified."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cocoproof.checking.check_file import check_file
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.fix.changes import Change, ChangeSet, Cut, NotFixed
from cocoproof.fix.context import FixContext, Fractions
from cocoproof.fix.document_text import JsonText
from cocoproof.fix.fixers import Fixer, phases, proposals
from cocoproof.fix.meaning import MeaningCheck
from cocoproof.fix.splice import spliced
from cocoproof.fix.verification import VerificationFailed, nothing_else_changed, nothing_new_is_wrong
from cocoproof.model.dialects import Dialect
from cocoproof.model.errors import CocoproofError
from cocoproof.model.findings import Summary
from cocoproof.profiles import Policy
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.defects import Unreadable
from cocoproof.reading.source import Source, read_source
from cocoproof.rules.catalogue import RULES

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from cocoproof.checking.check_file import CheckedFile
    from cocoproof.fix.changes import Entry
    from cocoproof.model.findings import FileReport, RuleResult

__all__ = ["FixOptions", "Fixed", "NotFixable", "fix"]


class NotFixable(CocoproofError, ValueError):
    """A file that cannot be fixed at all: invalid JSON, or not a COCO file. The message says why."""


@dataclass(frozen=True)
class FixOptions:
    """What to fix, and how far to go.

    Attributes:
        check: How the file is checked; findings of its rules are fixed where the rule has a fix.
        unsafe: Whether to apply also the fixes that are made on request only.
        fractions: The form of boxes in fractions of the image: xywh, cxcywh or xyxy; None where it is not stated.
    """

    check: CheckSettings = field(default_factory=CheckSettings)
    unsafe: bool = False
    fractions: Fractions | None = None

    @property
    def codes(self) -> frozenset[str]:
        """The rules whose findings are fixed."""
        return frozenset(rule.code for rule in self.check.rules if rule.fix is not None)


@dataclass(frozen=True, eq=False)
class Fixed:
    """A fixed file.

    Attributes:
        original: The text as it was read.
        data: The fixed text; the same where there was nothing to fix.
        changes: What was changed.
        left: Findings of rules that have a fix, for which the file does not hold the right value, and why.
        on_request: How many more rows could be changed on request, by rule.
        before: The report on the file as it was.
        after: The report on the fixed text.
        selected: The codes of the rules that were selected, with a fix or without.
    """

    original: bytes
    data: bytes
    changes: ChangeSet
    left: tuple[NotFixed, ...]
    on_request: dict[str, int]
    before: FileReport
    after: FileReport
    selected: frozenset[str] = frozenset()

    @property
    def remaining(self) -> tuple[RuleResult, ...]:
        """The selected rules that still have findings in the fixed text, in the order of the codes."""
        return tuple(rule for rule in self.after.rules if rule.count and rule.code in self.selected)

    @property
    def remaining_summary(self) -> Summary:
        """How many findings of the selected rules are left in the fixed text, by severity."""
        return sum((rule.summary for rule in self.remaining), Summary())

    @property
    def same(self) -> bool:
        """Whether nothing was changed."""
        return not self.changes

    @property
    def counts(self) -> dict[str, int]:
        """How many rows were changed, by rule."""
        return rows_by_rule(self.changes.made)


def rows_by_rule(entries: Iterable[Entry]) -> dict[str, int]:
    """How many rows some changes touch, by rule, in the order of the codes."""
    rows = {(one.code, one.path[: 4 if "segments_info" in one.path else 2] if isinstance(one, Change) else one) for one in entries}
    counts = Counter(code for code, _ in rows)
    return {code: counts[code] for code in sorted(counts)}


def fix(file: str | os.PathLike[str] | Source, options: FixOptions | None = None) -> Fixed:
    """Fix the unambiguous errors of a file, and verify that nothing else changed. Nothing is written: `Fixed.data` is the new text.

    Args:
        file: A path, `-` for standard input, or bytes that were read already.
        options: What to fix; None for all errors for which the file holds the one right value.

    Raises:
        Unreadable: If the file cannot be read.
        NotFixable: If it is not a COCO document, and has no byte order mark either; or if it is COCO-Text, with dictionaries in the place of lists.
        VerificationFailed: If the fixed text is not what it should be; that is a defect of cocoproof.
    """
    options = options or FixOptions()
    source = file if isinstance(file, Source) else read_source(file)
    selected = frozenset(rule.code for rule in options.check.rules)
    before = _examine(source.path, source.content, options)
    if before.context is None:
        return _unmarked(source, before, options, selected)
    if Dialect.COCO_TEXT in before.context.coco.dialects:
        raise NotFixable("it has dictionaries in the place of lists, as COCO-Text has, which fix does not write")
    # Rows that are removed must not make another kind of the file half way.
    options = replace(options, check=replace(options.check, kind=before.document.kind))
    report, fixing = before.report, _Fixing(source, options, before)
    del before  # which holds as much as the file
    fixing.run()
    if not fixing.changes:
        left, on_request = _not_fixed(fixing.context, options)
        return Fixed(source.content, source.content, fixing.changes, left, on_request, report, report, selected)
    after = _examine(source.path, fixing.data, options)
    final = JsonText(fixing.data)
    nothing_else_changed(fixing.text, final, fixing.changes)
    nothing_new_is_wrong(fixing.baseline, after.report)
    left, on_request = _not_fixed(_context(after, final, options), options)
    return Fixed(source.content, fixing.data, fixing.changes, left, on_request, report, after.report, selected)


class _Fixing:
    """One file between two phases.

    Attributes:
        text: As it was read.
        data: As it is now.
        changes: What was changed, in terms of the text as it was read.
        baseline: The report once values of the wrong type were fixed: until then no rule could evaluate them, so that what
            it finds then was there before.
        context: What the next phase sees.
    """

    def __init__(self, source: Source, options: FixOptions, before: CheckedFile) -> None:
        self._path = source.path
        self._options = options
        self.text = JsonText(source.content)
        self._meaning = MeaningCheck(self.text.data)
        self.data = source.content
        self.changes = ChangeSet()
        self.baseline = before.report
        self.context = _context(before, self.text, options)

    def run(self) -> None:
        """Go through the phases."""
        for number, phase in enumerate(phases(self._options.check.rules)):
            self._phase(phase, first=number == 0)

    def _phase(self, phase: Iterable[Fixer], *, first: bool) -> None:
        entries = [one for one in proposals(self.context, phase) if not isinstance(one, NotFixed) and _allowed(one, self._options)]
        if entries:
            self.changes.add(entries)
            self.data = spliced(self.text, self.changes)
            try:
                text = JsonText(self.data)
                self._meaning.step(text.data, entries)
                examined = _examine(self._path, self.data, self._options, with_rules=first)
                self.context = _context(examined, text, self._options)
            except Unreadable as error:
                raise VerificationFailed(f"the fixed text is not JSON: {error}") from None
            self.baseline = examined.report if first else self.baseline


def _allowed(entry: Entry, options: FixOptions) -> bool:
    return options.unsafe or not isinstance(entry, Change) or entry.safe


def _examine(path: str, data: bytes, options: FixOptions, *, with_rules: bool = True) -> CheckedFile:
    """Read a text, and check it by all rules that need no other reader, or by none."""
    check = replace(
        options.check,
        rules=(*RULES, *(rule for rule in options.check.rules if rule.plugin)) if with_rules else (),
        max_findings=0,
        reload=ReloadMode.NEVER,
        splits=None,
        images=None,
        policy=Policy(),  # a profile changes severities, and not what is right
    )
    return check_file(Source(path, data), check)


def _context(examined: CheckedFile, text: JsonText, options: FixOptions) -> FixContext:
    if examined.context is None:
        raise VerificationFailed("the fixed text is not a COCO document")
    return FixContext(examined.context, text, options.codes, options.fractions)


def _not_fixed(context: FixContext, options: FixOptions) -> tuple[tuple[NotFixed, ...], dict[str, int]]:
    """What could not be fixed in a file, and how much more could be fixed on request.

    Raises:
        VerificationFailed: If there is still something to fix.
    """
    found = [one for phase in phases(options.check.rules) for one in proposals(context, phase)]
    entries = [one for one in found if not isinstance(one, NotFixed)]
    again = rows_by_rule(one for one in entries if _allowed(one, options))
    if again:
        shown = ", ".join(f"{code} ({count})" for code, count in again.items())
        raise VerificationFailed(f"a second run would change more: {shown}")
    left: Counter[tuple[str, str]] = Counter()
    for one in found:
        if isinstance(one, NotFixed):
            left[one.code, one.reason] += one.count
    return tuple(NotFixed(code, count, reason) for (code, reason), count in sorted(left.items())), rows_by_rule(entries)


def _unmarked(source: Source, before: CheckedFile, options: FixOptions, selected: frozenset[str]) -> Fixed:
    """A file that is not a COCO document, without its byte order mark, which is all that can be fixed in one."""
    why = next((defect for defect in before.document.defects if defect.code != "COCO004"), None)
    if not source.content.startswith(BOM_UTF8) or "COCO004" not in options.codes:
        raise NotFixable(why.message if why is not None else "it is not a COCO document")
    changes = ChangeSet()
    changes.add([Cut("COCO004", (), (0, len(BOM_UTF8)))])
    data = source.content[len(BOM_UTF8) :]
    left = (NotFixed(why.code, 1, f"{why.message}; nothing else can be checked or fixed"),) if why is not None else ()
    return Fixed(source.content, data, changes, left, {}, before.report, _examine(source.path, data, options).report, selected)
