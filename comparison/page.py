"""docs/comparison.md and the README's table from results/ and readings.tsv: the same results give the same pages."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comparison.cases import NEEDS, cases
from comparison.readings import ABORTED, Outcome, outcome, read_readings, reading_of, reports, usual_errors
from comparison.results import pending, read_results
from comparison.tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from comparison.readings import Reading
    from comparison.tools import Tool

__all__ = ["BLOCK", "PAGE", "README", "block", "pending_cases", "render", "write_pages"]

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "comparison.md"
README = ROOT / "README.md"
BLOCK = "comparison"
"""The name of the generated block in the README."""

_BLOCK = """\
What other tools report for the {broken} broken files of [fixtures/reject](fixtures/reject), one defect each, run {dates}. The files are
cocoproof's own, one for each rule, so it names them all by construction; many rules are warnings and notes.

{table}
How it was done, and file by file: [comparison](docs/comparison.md). To repeat it: `python comparison/run.py`.
"""

_INTRODUCTION = """\
<!-- Written by comparison/run.py; do not edit. -->

# Comparison with other tools

Each tool was run over the {broken} files of [fixtures/reject](../fixtures/reject), one defect each, and the {valid} files of
[fixtures/accept](../fixtures/accept), which are right. Each has an environment of its own, with its newest release. Run {dates}, with Python
{python} on {system}. To repeat it, or a part of it:

    python comparison/run.py --jobs 2
    python comparison/run.py --only kwcoco

**The fixtures are cocoproof's own: one for each of its rules.** So cocoproof names them all by construction, and this is not a
measure of it. The page shows which of these defects other tools see. What they see besides, and cocoproof does not, has no fixture here.
Many rules are warnings and notes: a file that breaks one is right for many uses, and a tool that passes it is not at fault. The second
table counts errors alone. Loaders (labelformat, supervision, pycocotools) promise no validation; they are here because a training script
meets them first.

| cell | meaning |
|---|---|
| names | a message of the tool names the defect: its kind, its field, or its place. A count of the rows concerned is enough |
| aborts, named | the tool ends with an error that names the defect: the kind, the field, or line and column |
| aborts | the tool ends with an error that does not name the defect |
| other error | the tool reports an error, but not this one, and not one that it reports for valid files too |
| - | passes: no error, and no message about the defect |
| n/a | not applicable: the tool does not read such files, or takes no such input; the reasons are below |

Which message names which defect is written down in [readings.tsv](../comparison/readings.tsv), one line for each kind of message of each
tool, after each message was read. Where a tool reports a consequence of the defect at the right row, that counts as naming it. The messages
themselves are in [results](../comparison/results). Each tool is run in its strictest documented form, by the adapters in
[comparison/adapters](../comparison/adapters). If you find a reading or an adapter unfair: change it, and run
`python comparison/run.py --page`, or the tool again.
"""

_VALID = """\
## Files that are right

Errors that a tool reports, or with which it ends, over the files of fixtures/accept. Warnings are not counted: an image without
annotations or a category without any is worth a warning. An error can have its reason: datumaro checks attributes against a list that COCO
files do not have, and labelformat takes masks in run lengths for crowds alone.

"""


def write_pages() -> None:
    """Write the page, and the table in the README."""
    PAGE.write_text(render(), encoding="utf-8", newline="\n")
    text = README.read_text(encoding="utf-8")
    start, end = f"<!-- generated: {BLOCK} -->\n", f"<!-- end of {BLOCK} -->"
    before, _, rest = text.partition(start)
    _, _, after = rest.partition(end)
    if after:
        README.write_text(f"{before}{start}\n{block().strip()}\n\n{end}{after}", encoding="utf-8", newline="\n")


def pending_cases(results: Mapping[str, Any]) -> dict[str, list[str]]:
    """The fixtures that were added or changed since a tool was run, with the tools."""
    found: dict[str, list[str]] = {}
    for case in cases():
        for tool in TOOLS:
            if tool.name in results and pending(tool, case, results[tool.name]):
                found.setdefault(case.name, []).append(tool.name)
    return found


def block() -> str:
    """The generated block of the README: what was compared, a line for each tool, and how to repeat it."""
    results, readings = read_results(), read_readings()
    outcomes = _outcomes(results, readings)
    return _BLOCK.format(broken=len(next(iter(outcomes.values()))), dates=_dates(results), table=_summary(outcomes, results))


def render() -> str:
    """The page as Markdown."""
    results, readings = read_results(), read_readings()
    outcomes, severities = _outcomes(results, readings), _severities(results)
    errors = {code for code, severity in severities.items() if severity == "error"}
    parts = [
        _introduction(results),
        "## All rules\n",
        _summary(outcomes, results),
        "## Rules that are errors\n",
        _summary({tool: {name: one for name, one in row.items() if _code(name) in errors} for tool, row in outcomes.items()}),
        _VALID + _valid(results),
        "## Fixture by fixture\n",
        _fixtures(outcomes, severities),
        *(_section(tool, results[tool.name], readings) for tool in TOOLS if tool.name in results),
        *_pending(results),
    ]
    return "\n".join(parts)


def _present() -> set[str]:
    return {case.name for case in cases()}


def _code(name: str) -> str:
    """The code of a broken fixture, from its name."""
    return name.removeprefix("reject/")[:7]


def _outcomes(results: Mapping[str, Any], readings: Sequence[Reading]) -> dict[str, dict[str, Outcome]]:
    """Tool -> broken fixture -> what the tool made of it; of fixtures that are still there."""
    present = _present()
    return {
        tool: {
            name: outcome(readings, tool, _code(name), row, usual_errors(result))
            for name, row in result["fixtures"].items()
            if name.startswith("reject/") and name in present
        }
        for tool, result in results.items()
        if "fixtures" in result
    }


def _severities(results: Mapping[str, Any]) -> dict[str, str]:
    """The severity of each rule, as cocoproof reported it for its fixture."""
    rows = results.get("cocoproof", {}).get("fixtures", {}).items()
    return {kind: severity for name, row in rows for kind, severity, _ in reports(row) if name.startswith(f"reject/{kind}")}


def _introduction(results: Mapping[str, Any]) -> str:
    run = [result for result in results.values() if "fixtures" in result]
    names = {name for result in run for name in result["fixtures"]} & _present()
    return _INTRODUCTION.format(
        broken=sum(name.startswith("reject/") for name in names),
        valid=sum(name.startswith("accept/") for name in names),
        dates=_dates(results),
        python=" and ".join(sorted({result["python"] for result in run})),
        system=" and ".join(sorted({result["system"] for result in run})),
    )


def _dates(results: Mapping[str, Any]) -> str:
    dates = sorted({result["date"] for result in results.values()})
    return f"on {dates[0]}" if len(dates) == 1 else f"from {dates[0]} to {dates[-1]}"


def _summary(outcomes: Mapping[str, Mapping[str, Outcome]], results: Mapping[str, Any] | None = None) -> str:
    """Counts by tool; with versions and the errors on valid files where results are given."""
    heads = ["tool", "names", "aborts, named", "aborts, not named", "other error", "passes", "n/a"]
    order = (Outcome.NAMES, Outcome.ABORTS_NAMING, Outcome.ABORTS, Outcome.OTHER, Outcome.PASSES, Outcome.INAPPLICABLE)
    rows = []
    for tool in TOOLS:
        if tool.name not in outcomes:
            continue
        counts = Counter(outcomes[tool.name].values())
        cells = [tool.name if tool.validates else f"{tool.name} (loader)", *(str(counts[one]) for one in order)]
        if results is not None:
            refused, tried = _refused(results[tool.name])
            cells[0] += "" if tool.name == "cocoproof" else f" {results[tool.name]['version']}"
            cells.append(f"{len(refused)} of {tried}")
        rows.append(cells)
    if results is not None:
        heads.append("errors on valid files")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *(f"| {' | '.join(cells)} |" for cells in rows)]
    missing = [name for name, result in (results or {}).items() if "could_not_install" in result]
    lines += [f"\nCould not be installed: {', '.join(missing)}."] if missing else []
    return "\n".join(lines) + "\n"


def _refused(result: Mapping[str, Any]) -> tuple[dict[str, list[str]], int]:
    """The valid files with an error, with the errors; and how many were tried."""
    refused, tried = {}, 0
    for name, row in result["fixtures"].items():
        if name.startswith("accept/") and "inapplicable" not in row:
            tried += 1
            if errors := [text for _, severity, text in reports(row) if severity == "error"]:
                refused[name.removeprefix("accept/")] = errors
    return refused, tried


def _valid(results: Mapping[str, Any]) -> str:
    lines = ["| tool | files tried | with an error | errors |", "|---|---|---|---|"]
    for tool in TOOLS:
        if "fixtures" in results.get(tool.name, {}):
            refused, tried = _refused(results[tool.name])
            shown = "; ".join(f"{name}: {_code_span(_first_cause(errors[0]))}{_more(errors)}" for name, errors in refused.items())
            lines.append(f"| {tool.name} | {tried} | {len(refused)} | {shown} |")
    return "\n".join(lines) + "\n"


def _more(errors: Sequence[str]) -> str:
    return f" and {len(errors) - 1} more" if len(errors) > 1 else ""


def _fixtures(outcomes: Mapping[str, Mapping[str, Outcome]], severities: Mapping[str, str]) -> str:
    tools = [tool.name for tool in TOOLS if tool.name in outcomes]
    names = sorted({name for row in outcomes.values() for name in row})
    lines = [f"| rule | severity | {' | '.join(tools)} |", "|---" * (len(tools) + 2) + "|"]
    for name in names:
        cells = [outcomes[tool][name].value if name in outcomes[tool] else "?" for tool in tools]
        code, title = _code(name), name.removeprefix("reject/")[8:].removesuffix(".json")
        lines.append(f"| [{code}](rules/{code}.md) {title} | {severities.get(code, '?')} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _section(tool: Tool, result: Mapping[str, Any], readings: Sequence[Reading]) -> str:
    version = result.get("version", "")
    lines = [f"## {tool.name}" + ("" if tool.name == "cocoproof" else f" {version}") + "\n"]
    if "could_not_install" in result:
        lines.append(f"Could not be installed on {result['date']}: {_code_span(result['could_not_install'])}\n")
        return "\n".join(lines)
    lines.append(f"[Documentation]({tool.link}). {tool.how}\n")
    reasons: dict[str, set[str]] = {}
    for need, reason in tool.not_taken.items():
        reasons.setdefault(reason, set()).add(f"needs {NEEDS[need]}")
    for kind, reason in tool.not_read.items():
        reasons.setdefault(reason, set()).add(f"{kind} files")
    if tool.needs_png:
        reasons["the fixture has none"] = {"panoptic files, which it reads only beside their PNG files"}
    if reasons:
        lines.append("Not applicable: " + "; ".join(f"{', '.join(sorted(what))} ({reason})" for reason, what in reasons.items()) + ".\n")
    if tool.name == "cocoproof":
        return "\n".join(lines)
    named, aborted = _read(tool.name, result, readings)
    if named:
        lines += ["| message | names | |", "|---|---|---|"]
        lines += [f"| `{one.kind}`{_about(one)} | {' '.join(sorted(codes))} | {one.remark} |" for one, codes in named.items()]
        lines.append("")
    if aborted:
        lines += ["| aborts with | at | of these named |", "|---|---|---|"]
        lines += [
            f"| {_code_span(text)} | {' '.join(sorted(all_of))} | {' '.join(sorted(ok)) or '-'} |" for text, (all_of, ok) in aborted.items()
        ]
        lines.append("")
    return "\n".join(lines)


def _about(reading: Reading) -> str:
    return f" with {_code_span(reading.text)}" if reading.text else ""


def _read(
    tool: str, result: Mapping[str, Any], readings: Sequence[Reading]
) -> tuple[dict[Reading, set[str]], dict[str, tuple[set[str], set[str]]]]:
    """The readings that name a defect here, with the codes; and each reason of an abort, with the codes of all and of those named."""
    named: dict[Reading, set[str]] = {}
    aborted: dict[str, tuple[set[str], set[str]]] = {}
    for name, row in result["fixtures"].items():
        if not name.startswith("reject/"):
            continue
        for kind, _, text in reports(row):
            reading = reading_of(readings, tool, kind, text)
            credited = reading is not None and _code(name) in reading.codes
            if kind == ABORTED:
                all_of, ok = aborted.setdefault(_without_numbers(_first_cause(text)), (set(), set()))
                all_of.add(_code(name))
                ok.update({_code(name)} if credited else ())
            elif credited and reading is not None:
                named.setdefault(reading, set()).add(_code(name))
    return named, aborted


def _first_cause(text: str) -> str:
    """The exception that an abort began with, without those that were raised from it."""
    return text.rpartition("; caused by ")[2]


def _without_numbers(text: str) -> str:
    """A reason without the places in the file, so that one that is given in many files is one line."""
    text = re.sub(r"(line|column|char|position) \d+", r"\1 N", text)
    return text if len(text) <= 200 else text[:200] + " ..."


def _code_span(text: str) -> str:
    """A text as code in a cell of a table."""
    short = " ".join(text.split())
    short = short if len(short) <= 200 else short[:200] + " ..."
    return f"`` {short} ``".replace("|", "\\|") if "`" in short else f"`{short}`".replace("|", "\\|")


def _pending(results: Mapping[str, Any]) -> Iterable[str]:
    if found := pending_cases(results):
        yield "## Not run yet\n"
        yield "Added or changed since the last run: " + ", ".join(sorted(name.rpartition("/")[2] for name in found)) + ".\n"
        yield "`python comparison/run.py --pending` runs them.\n"
