"""Runs a test file once in a process of its own, and reports in a few lines which properties hold."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

from cocoproof.model.wording import cut
from cocoproof.testing.ghostwriter.target import ended, ended_how
from cocoproof.testing.property_list import PROPERTIES

__all__ = ["ContractRun", "run_contract"]

_LIMIT = 1800
"""Seconds after which a run is ended: a complete one takes a minute, and an exporter may be slow."""
_TEMPORARY = re.compile(r"[^\s'\"]*cocoproof-\w+[/\\]+[\w-]+[/\\]+")
"""The folder of one dataset: without it, properties that fail alike have one reason."""
_NAMED = 2
"""Properties that are named of those that fail alike."""
_WIDEST = 120


@dataclass(frozen=True)
class ContractRun:
    """What one run of the contract showed.

    Attributes:
        held: The properties that held.
        broken: Those that did not, and what is wrong in a line.
        unclaimed: Those that the exporter does not claim.
        untried: Others that could not be tried, and why.
        trouble: Why there is no result at all; "" otherwise.
    """

    held: tuple[str, ...] = ()
    broken: tuple[tuple[str, str], ...] = ()
    unclaimed: tuple[str, ...] = ()
    untried: tuple[tuple[str, str], ...] = ()
    trouble: str = ""

    def lines(self, most: int) -> list[str]:
        """The result in so many lines at most, five at least: properties that fail alike share one."""
        if self.trouble:
            return [f"the contract could not be run: {self.trouble}"]
        total = len(self.held) + len(self.broken)
        out = [f"{len(self.held)} of {total} properties hold" + (f", {len(self.broken)} do not:" if self.broken else "")]
        causes: dict[str, list[str]] = {}
        for name, reason in self.broken:
            causes.setdefault(reason, []).append(name)
        by_count = sorted(causes.items(), key=lambda item: -len(item[1]))
        shown = len(causes) if len(causes) <= most - 2 else most - 3
        for reason, names in by_count[:shown]:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            out.append(cut(f"  {', '.join(names[:_NAMED])}{more}: {reason}", _WIDEST))
        if len(causes) > shown:
            out.append(cut(f"  and {', '.join(name for _, names in by_count[shown:] for name in names)}", _WIDEST))
        parts = [f"not claimed: {', '.join(self.unclaimed)}"] if self.unclaimed else []
        parts += [f"not tried: {name} ({reason})" for name, reason in self.untried]
        return [*out, "; ".join(parts)] if parts else out


def run_contract(file: Path, folder: Path, profile: str) -> ContractRun:
    """Run the contract in a test file once, with pytest in a child process.

    The configuration of the user's project does not apply: options in it may run other tests, or need other plugins.

    Args:
        file: The test file.
        folder: The current folder, from which modules are imported.
        profile: The profile of the run.
    """
    with tempfile.TemporaryDirectory(prefix="cocoproof-") as work:
        results, output, empty = Path(work, "results.xml"), Path(work, "output"), Path(work, "pytest.ini")
        empty.write_text("[pytest]\n", encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-c", str(empty), "--rootdir", str(folder), "-p", "no:cacheprovider", "--tb=short"]
        command += [f"--junitxml={results}", "-o", "junit_logging=no", str(file)]
        environment = {name: value for name, value in os.environ.items() if name not in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")}
        code = ended(command, folder, _LIMIT, output, {**environment, "COCOPROOF_PROFILE": profile})
        if code is None:
            return ContractRun(trouble=f"it did not end within {_LIMIT:,} s")
        rows = _rows(results)
        if not rows:
            said = [line.strip() for line in output.read_text(encoding="utf-8", errors="replace").splitlines()]
            wrong = [line for line in said if line.startswith("E ")] or [line for line in said if line and not line.startswith(("=", "-"))]
            last = f": {wrong[-1].removeprefix('E ').strip()}" if wrong else ""
            return ContractRun(trouble=f"pytest ended with {ended_how(code)}{last}"[:300])
    return _sorted(rows)


def _rows(results: Path) -> list[tuple[str, str, str]]:
    """Of each test: the property, passed, failed or skipped, and the first line of the message."""
    try:
        cases = ET.parse(results).getroot().iter("testcase")  # noqa: S314 - of the file that pytest writes
    except (OSError, ET.ParseError):
        return []
    out = []
    for case in cases:
        name = case.get("name", "").removeprefix("test_")
        if name in PROPERTIES:
            child = next((own for own in case if own.tag in ("failure", "error", "skipped")), None)
            outcome = "passed" if child is None else child.tag
            out.append((name, outcome, "" if child is None else _first_line(name, child.get("message", ""))))
    order = {name: place for place, name in enumerate(PROPERTIES)}  # what is in the file comes before how it is written
    return sorted(out, key=lambda row: order[row[0]])


def _first_line(name: str, message: str) -> str:
    """What is wrong, without the names of the exception and of the property."""
    line = next(iter(message.split("\n")), "").strip()
    for _ in range(2):  # pytest shows an AssertionError with its type or without
        head, colon, rest = line.partition(": ")
        if colon and (head == name or head.rpartition(".")[2] in ("PropertyBroken", "Raised", "ExportUnreadable", "AssertionError")):
            line = rest
    return _TEMPORARY.sub("", line)


def _sorted(rows: list[tuple[str, str, str]]) -> ContractRun:
    skipped = [(name, reason) for name, outcome, reason in rows if outcome == "skipped"]
    unclaimed = [name for name, reason in skipped if "does not claim it" in reason]
    return ContractRun(
        held=tuple(name for name, outcome, _ in rows if outcome == "passed"),
        broken=tuple((name, reason) for name, outcome, reason in rows if outcome in ("failure", "error")),
        unclaimed=tuple(unclaimed),
        untried=tuple((name, reason) for name, reason in skipped if name not in unclaimed),
    )
