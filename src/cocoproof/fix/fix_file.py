"""A file -> the repaired file, proven."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cocoproof.checking.check_file import CheckOptions, check_file
from cocoproof.fix.changes import Change, ChangeSet, Cut, NotFixed
from cocoproof.fix.context import FixContext, Fractions
from cocoproof.fix.document_text import JsonText
from cocoproof.fix.fixers import PHASES, Fixer, proposals
from cocoproof.fix.splice import spliced
from cocoproof.fix.verification import VerificationFailed, nothing_else_changed, nothing_new_is_wrong
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
    from cocoproof.model.findings import FileReport

__all__ = ["FixOptions", "Fixed", "NotFixable", "fix"]


class NotFixable(ValueError):
    """A file that nothing can be done about as a whole: no JSON, or none of the COCO kinds. The message says why."""


@dataclass(frozen=True)
class FixOptions:
    """What to mend, and how far to go.

    Attributes:
        check: What the file is judged by; of its rules those are mended that have a fix.
        unsafe: Whether to make the changes, too, that are made on request alone.
        fractions: How boxes in fractions of the image are meant: xywh, cxcywh or xyxy; None where nobody said.
    """

    check: CheckOptions = field(default_factory=CheckOptions)
    unsafe: bool = False
    fractions: Fractions | None = None

    @property
    def codes(self) -> frozenset[str]:
        """The rules whose breaches are to be mended."""
        return frozenset(rule.code for rule in self.check.rules if rule.fix is not None)


@dataclass(frozen=True, eq=False)
class Fixed:
    """A repaired file.

    Attributes:
        original: The text as it was read.
        data: The repaired text; the same where there was nothing to do.
        changes: What was changed.
        left: Breaches that have a fix in general, but no right answer in this file.
        on_request: How many more rows could be changed on request, by rule.
        before: The verdict on the file as it was.
        after: The verdict on the repaired one.
    """

    original: bytes
    data: bytes
    changes: ChangeSet
    left: tuple[NotFixed, ...]
    on_request: dict[str, int]
    before: FileReport
    after: FileReport

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
    """Mend a file, and prove that nothing else changed. Nothing is written: that is the caller's business.

    Args:
        file: A path, `-` for standard input, or bytes that were read already.
        options: What to mend; None for all that has one right answer.

    Raises:
        Unreadable: If the file cannot be read.
        NotFixable: If it is no COCO document, and has no byte order mark either.
        ProofFailed: If the repaired text is not what it should be; that is a defect of cocoproof.
    """
    options = options or FixOptions()
    source = file if isinstance(file, Source) else read_source(file)
    before = _examine(source.path, source.data, options)
    if before.context is None:
        return _unmarked(source, before, options)
    # Rows that go must not make another kind of the file half way.
    options = replace(options, check=replace(options.check, kind=before.document.kind))
    report, mending = before.report, _Mending(source, options, before)
    del before  # which holds as much as the file
    mending.run()
    if not mending.changes:
        left, on_request = _rest(mending.sheet, options)
        return Fixed(source.data, source.data, mending.changes, left, on_request, report, report)
    after = _examine(source.path, mending.data, options)
    final = JsonText(mending.data)
    nothing_else_changed(mending.text, final, mending.changes)
    nothing_new_is_wrong(mending.baseline, after.report)
    left, on_request = _rest(_sheet(after, final, options), options)
    return Fixed(source.data, mending.data, mending.changes, left, on_request, report, after.report)


class _Mending:
    """One file on its way.

    Attributes:
        text: As it was read.
        data: As it is now.
        changes: What was changed, in terms of the text as it was read.
        baseline: The verdict once values of the wrong type were mended: until then no rule could judge them, so that what
            it finds then was there before.
        sheet: What the next phase sees.
    """

    def __init__(self, source: Source, options: FixOptions, before: CheckedFile) -> None:
        self._path = source.path
        self._options = options
        self.text = JsonText(source.data)
        self.data = source.data
        self.changes = ChangeSet()
        self.baseline = before.report
        self.sheet = _sheet(before, self.text, options)

    def run(self) -> None:
        """Go through the phases."""
        for number, phase in enumerate(PHASES):
            self._phase(phase, first=number == 0)

    def _phase(self, phase: Iterable[Fixer], *, first: bool) -> None:
        entries = [one for one in proposals(self.sheet, phase) if not isinstance(one, NotFixed) and _allowed(one, self._options)]
        if entries:
            self.changes.add(entries)
            self.data = spliced(self.text, self.changes)
            try:
                examined = _examine(self._path, self.data, self._options, whole=first)
                self.sheet = _sheet(examined, JsonText(self.data), self._options)
            except Unreadable as error:
                raise VerificationFailed(f"the repaired text is no JSON any more: {error}") from None
            self.baseline = examined.report if first else self.baseline


def _allowed(entry: Entry, options: FixOptions) -> bool:
    return options.unsafe or not isinstance(entry, Change) or entry.safe


def _examine(path: str, data: bytes, options: FixOptions, *, whole: bool = True) -> CheckedFile:
    """Read a text, and judge it by all rules that need no other reader, or by none."""
    judged = replace(
        options.check,
        rules=RULES if whole else (),
        max_findings=0,
        reload=ReloadMode.NEVER,
        splits=None,
        images=None,
        standard=Policy(),  # what a profile makes of a severity is no matter of right and wrong
    )
    return check_file(Source(path, data), judged)


def _sheet(examined: CheckedFile, text: JsonText, options: FixOptions) -> FixContext:
    if examined.context is None:
        raise VerificationFailed("the repaired text is no COCO document any more")
    return FixContext(examined.context, text, options.codes, options.fractions)


def _rest(sheet: FixContext, options: FixOptions) -> tuple[tuple[NotFixed, ...], dict[str, int]]:
    """What is left to be said of a file that was mended, and what more could be done on request.

    Raises:
        ProofFailed: If there is still something to mend.
    """
    found = [one for phase in PHASES for one in proposals(sheet, phase)]
    entries = [one for one in found if not isinstance(one, NotFixed)]
    again = rows_by_rule(one for one in entries if _allowed(one, options))
    if again:
        told = ", ".join(f"{code} ({count})" for code, count in again.items())
        raise VerificationFailed(f"a second repair would change more: {told}")
    left: Counter[tuple[str, str]] = Counter()
    for one in found:
        if isinstance(one, NotFixed):
            left[one.code, one.reason] += one.count
    return tuple(NotFixed(code, count, reason) for (code, reason), count in sorted(left.items())), rows_by_rule(entries)


def _unmarked(source: Source, before: CheckedFile, options: FixOptions) -> Fixed:
    """A file that is no COCO document, without its byte order mark: all that can be done about one."""
    why = next((defect for defect in before.document.defects if defect.code != "COCO004"), None)
    if not source.data.startswith(BOM_UTF8) or "COCO004" not in options.codes:
        raise NotFixable(why.message if why is not None else "there is no COCO document")
    changes = ChangeSet()
    changes.add([Cut("COCO004", (), (0, len(BOM_UTF8)))])
    data = source.data[len(BOM_UTF8) :]
    left = (NotFixed(why.code, 1, f"{why.message}; nothing else can be judged or mended"),) if why is not None else ()
    return Fixed(source.data, data, changes, left, {}, before.report, _examine(source.path, data, options).report)
