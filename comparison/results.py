"""comparison/results: what each tool reported of each fixture, as it was; what is pending since."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comparison.tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from comparison.cases import Case
    from comparison.tools import Tool

__all__ = ["RESULTS", "inapplicable", "keep", "pending", "read_result", "read_results"]

RESULTS = Path(__file__).resolve().parent / "results"


def inapplicable(tool: Tool, case: Case) -> str | None:
    """Why a fixture is not applicable to a tool; None where it is."""
    for need in case.needs:
        if need in tool.not_taken:
            return tool.not_taken[need]
    if case.consumer == tool.name:  # whether it refuses a kind that it does not read is what the fixture asks
        return None
    if case.kind == "panoptic" and case.panoptic is None and tool.needs_png:
        return "reads panoptic files only beside their PNG files, and the fixture has none"
    return tool.not_read.get(case.kind)


def pending(tool: Tool, case: Case, result: Mapping[str, Any] | None) -> bool:
    """Whether the result of a tool lacks a fixture, or is of another state of it."""
    if result is None or "fixtures" not in result or case.name not in result["fixtures"]:
        return True
    row = result["fixtures"][case.name]
    return bool(row["digest"] != case.digest or row.get("inapplicable") != inapplicable(tool, case))


def read_result(tool: Tool) -> dict[str, Any] | None:
    """The result of a tool; None where it was not run."""
    path = RESULTS / f"{tool.name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def read_results() -> dict[str, dict[str, Any]]:
    """The results by tool, in the order of the page."""
    found = {tool.name: read_result(tool) for tool in TOOLS}
    return {name: result for name, result in found.items() if result is not None}


def keep(tool: Tool, result: Mapping[str, Any]) -> None:
    """Write a result, one line a fixture, and drop those of tools that are no longer compared."""
    RESULTS.mkdir(exist_ok=True)
    head = {name: value for name, value in result.items() if name != "fixtures"}
    rows = [f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in result.get("fixtures", {}).items()]
    text = json.dumps(head, indent=1).removesuffix("\n}")
    if rows:
        text += ',\n "fixtures": {\n' + ",\n".join(rows) + "\n }"
    (RESULTS / f"{tool.name}.json").write_text(text + "\n}\n", encoding="utf-8", newline="\n")
    for path in RESULTS.glob("*.json"):
        if path.stem not in {one.name for one in TOOLS}:
            path.unlink()
