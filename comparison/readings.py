"""comparison/readings.tsv: which message of a tool names which defect, as a person read it; and what a tool made of a fixture by that."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["ABORTED", "READINGS", "Outcome", "Reading", "outcome", "read_readings", "reading_of", "reports", "unread", "usual_errors"]

READINGS = Path(__file__).resolve().parent / "readings.tsv"
ABORTED = "aborted"
"""The kind of a reading of why a tool aborts."""
_ANY = "*"
_OWN = re.compile(r"COCO\d{3}")
"""Kinds of message of cocoproof: a rule's code names the defect of this rule."""


class Outcome(Enum):
    """What a tool made of a broken file. The value is the cell of the page."""

    NAMES = "names"
    ABORTS_NAMING = "aborts, named"
    ABORTS = "aborts"
    OTHER = "other error"
    PASSES = "-"
    INAPPLICABLE = "n/a"


@dataclass(frozen=True)
class Reading:
    """One line of the file.

    Attributes:
        tool: Its name, or `*` for what Python's own readers give as the reason of an abort.
        kind: The kind of message, or `aborted`.
        text: A regular expression that is searched for in the message; the empty string for any message.
        codes: The rules whose defect such a message names, each as a code; none where it names no defect of a fixture.
        remark: Why, where it is not plain.
    """

    tool: str
    kind: str
    text: str
    codes: frozenset[str]
    remark: str

    def matches(self, tool: str, kind: str, text: str) -> bool:
        """Whether it is of this message."""
        return self.tool in (tool, _ANY) and self.kind == kind and re.search(self.text, text) is not None


def read_readings() -> list[Reading]:
    """The readings, in the order of the file: the first that matches a message counts."""
    with READINGS.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [Reading(row["tool"], row["kind"], row["text"], frozenset(row["codes"].split()), row["remark"] or "") for row in rows]


def reading_of(readings: Iterable[Reading], tool: str, kind: str, text: str) -> Reading | None:
    """The reading of a message; None where it has none yet."""
    return next((one for one in readings if one.matches(tool, kind, text)), None)


def reports(row: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Kind, severity and text of all that a tool reports of a fixture; an abort is the last."""
    found = [(message["kind"], message["severity"], message["text"]) for message in row.get("messages", ())]
    return [*found, (ABORTED, "error", row["aborted"])] if row.get("aborted") else found


def usual_errors(result: Mapping[str, Any]) -> frozenset[str]:
    """The kinds of error that a tool reports for valid files as well, so that they say nothing about a broken one."""
    valid = [row for name, row in result["fixtures"].items() if name.startswith("accept/")]
    return frozenset(kind for row in valid for kind, severity, _ in reports(row) if severity == "error" and kind != ABORTED)


def outcome(readings: Sequence[Reading], tool: str, code: str, row: Mapping[str, Any], usual: frozenset[str] = frozenset()) -> Outcome:
    """What a tool made of the broken file of a rule.

    Args:
        readings: As `read_readings` gives them.
        tool: The tool's name.
        code: The rule's code.
        row: What the tool reported, from its result.
        usual: As `usual_errors` gives them.
    """
    if "inapplicable" in row:
        return Outcome.INAPPLICABLE
    named = set()
    for kind, _, text in reports(row):
        reading = reading_of(readings, tool, kind, text)
        if kind == code or (reading is not None and code in reading.codes):  # cocoproof's kinds are codes
            named.add(kind)
    if named - {ABORTED}:
        return Outcome.NAMES
    if row["aborted"]:
        return Outcome.ABORTS_NAMING if named else Outcome.ABORTS
    other = any(severity == "error" and kind not in usual for kind, severity, _ in reports(row))
    return Outcome.OTHER if other else Outcome.PASSES


def unread(readings: Sequence[Reading], tool: str, result: Mapping[str, Any]) -> list[str]:
    """What has no reading yet: each kind of message, and each reason of an abort, as `fixture: kind: text`."""
    found: dict[tuple[str, str], str] = {}
    for name, row in result.get("fixtures", {}).items():
        for kind, _, text in reports(row):
            if not _OWN.fullmatch(kind) and reading_of(readings, tool, kind, text) is None:
                found.setdefault((kind, text if kind == ABORTED else ""), f"{name}: {kind}: {text}")
    return list(found.values())
