"""docs/conformance.md from results/: the same results give the same page."""

from __future__ import annotations

import csv
import json
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from exporters import EXPORTERS
from importers import IMPORTERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from exporters import Exporter

__all__ = ["CAUSES", "PAGE", "RESULTS", "Cause", "read_causes", "read_results", "render", "write_page"]

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
CAUSES = HERE / "causes.tsv"
PAGE = HERE.parent / "docs" / "conformance.md"
_COUNTEREXAMPLES = "../conformance/counterexamples"
_OWN = ("cocoproof", "cocoproof-polygons", "supervision", "how-to")
"""Exporters of the first table, by name; the others are in the second."""

_STAR = r"\*"


class Cause(NamedTuple):
    """Why an exporter loses a property, as a person found it in its source."""

    said: str
    """A sentence, as Markdown."""
    where: str
    """The module and function that does it, or the file."""


_INTRODUCTION = """\
<!-- Written by conformance/run.py; do not edit. -->

# Exporters under one contract

Exporters and readers of COCO files, each put under the [contract](contract.md) of `cocoproof.testing` in an environment of its own. A property
is tried on {examples} data sets that Hypothesis draws, the same ones for all exporters that claim the same, and then on the directed ones. Drawn data sets are small and reach for
the corners: masks with holes, parts, single pixels, images without detections, names in any Unicode. Files are read back by pycocotools.

Run {dates}, with {versions}. To repeat it, or a part of it:

    python conformance/run.py
    python conformance/run.py supervision-0.31.2 globox

This is a report of what these versions did on that day, through the adapters in [conformance/adapters](../conformance/adapters). Each
adapter uses the documented way of its project, which is named below. A property that an exporter does not support, or documents not to
have, is not claimed and not tried. If you find an adapter unfair, or a newer release better: change the adapter or the
version in [exporters.py](../conformance/exporters.py), and run it.

Adapters that were fixed during the run were run again for the properties that this affects; their other results are those of the adapter before.

| cell | meaning |
|---|---|
| kept | no dataset was found that breaks the property |
| lost | a dataset was found that breaks it; the link is to the smallest, as Python code |
| raises | the export raises an error, or returns no file, for every dataset of this property |
| - | not claimed, so not tried; the reasons are below |
| ? | could not be run; the reason is below |
| \\* | for some datasets the export raises an error or returns no file, or pycocotools cannot load it. The \
property was tried again without them, and with files read by cocoproof's own reader; see below |

"Lost" is about this property in these corner cases. Whether it matters depends on the data: boxes that differ by the rounding of float32
do not matter to most users, a mask that evaluation ignores does. `segmentation: []`, which many tools write for a box, matters if masks are read;
a date in COCO's fields `date_created` or `date_captured`, if bytes are compared; a file that is written in place, if a write fails.

Losses are traced to their cause in the source (for hotcoco and panlabel, which are
compiled, to the method or the command). The cause is after the arrow, with its location in that version, and is recorded in
[causes.tsv](../conformance/causes.tsv). Where it says "not traced", the source has not been read yet, and the adapter may be at fault. Some losses are documented by the project, which is noted.
Reports to the projects, each with a reproduction that was run, are drafted in [reports](../conformance/reports). They are not sent.
"""


_READERS = """\
Readers under the contract of importers (`ImporterContract`): what a reader holds of a file is compared with the file. As in the tables above, what a
reader does not claim was not tried.
"""


def write_page() -> None:
    """Write the page."""
    PAGE.write_text(render(read_results(), read_causes(), read_results(of_readers=True)), encoding="utf-8")


def read_results(*, of_readers: bool = False) -> dict[str, Any]:
    """The results of each exporter, or of each reader, that was run, by its key."""
    found = {path.name.removesuffix(".json"): path for path in sorted(RESULTS.glob("*.json"))}
    return {key: json.loads(path.read_text(encoding="utf-8")) for key, path in found.items() if key.startswith("reader-") == of_readers}


def read_causes() -> dict[tuple[str, str], Cause]:
    """The causes by exporter's key and property.

    Raises:
        ValueError: If a loss has two.
    """
    with CAUSES.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    causes = {(row["exporter"], row["property"]): Cause(row["cause"], row["where"]) for row in rows}
    if len(causes) < len(rows):
        msg = f"{CAUSES.name} has a duplicate cause"
        raise ValueError(msg)
    return causes


def render(results: Mapping[str, Any], causes: Mapping[tuple[str, str], Cause], readers: Mapping[str, Any]) -> str:
    """The page as Markdown.

    Args:
        results: The results of each exporter, by its key, as run.py stores them.
        readers: Those of each reader.
        causes: The cause of each loss, by exporter's key and property.
    """
    rows = [(exporter, results[exporter.key]) for exporter in EXPORTERS if exporter.key in results]
    parts = [_introduction(results)]
    parts += ["## cocoproof and supervision\n", _table([row for row in rows if row[0].name in _OWN])]
    parts += ["## Others\n", _table([row for row in rows if row[0].name not in _OWN])]
    parts += ["## What was lost, and how each was run\n"]
    parts += [_section(list(rows), causes) for _, rows in groupby(rows, key=lambda row: row[0].name)]
    if readers:
        parts += ["## Readers\n", _READERS, *_of_readers(readers, causes)]
    return "\n".join(parts)


def _of_readers(results: Mapping[str, Any], causes: Mapping[tuple[str, str], Cause]) -> Iterator[str]:
    rows = [(reader, results[reader.key]) for reader in IMPORTERS if reader.key in results]
    lines = ["| reader | kept | lost | not claimed |", "|---|---|---|---|"]
    for reader, result in rows:
        counts = [str(_count(result["properties"], outcome)) for outcome in ("kept", "lost", "not claimed")]
        lines.append(f"| [{reader.title}]({reader.link}) {reader.version} | {' | '.join(counts)} |")
    yield "\n".join(lines) + "\n"
    for reader, result in rows:
        lost = [(name, row) for name, row in result["properties"].items() if row["outcome"] == "lost"]
        for name, row in lost:
            cause = causes[reader.key, name]
            yield f"- {reader.title} {reader.version}, {_link(f'`{name}`', row)}: {_code(row['said'])} → {cause.said} (`{cause.where}`)"
    yield ""


def _introduction(results: Mapping[str, Any]) -> str:
    dates = sorted({result["run"]["date"] for result in results.values()})
    examples = sorted({result["run"]["examples"] for result in results.values()})
    found: dict[str, set[str]] = {}
    for result in results.values():
        for name, version in result.get("about", {}).get("with", {}).items():
            found.setdefault(name, set()).add(version)
    common = {"python": "Python", "hypothesis": "Hypothesis", "pycocotools": "pycocotools", "numpy": "numpy"}
    versions = ", ".join(f"{title} {' and '.join(sorted(found[name]))}" for name, title in common.items() if name in found)
    when = f"on {dates[0]}" if len(dates) == 1 else f"from {dates[0]} to {dates[-1]}"
    return _INTRODUCTION.format(examples=" or ".join(map(str, examples)), dates=when, versions=versions)


def _table(rows: Sequence[tuple[Exporter, Any]]) -> str:
    run = [(exporter, result["properties"]) for exporter, result in rows if "properties" in result]
    names = list(dict.fromkeys(name for _, properties in run for name in properties))
    lines = [
        "| property | " + " | ".join(f"{exporter.short} {exporter.version}".strip() for exporter, _ in run) + " |",
        "|---" * (len(run) + 1) + "|",
        *(f"| `{name}` | " + " | ".join(_cell(properties.get(name)) for _, properties in run) + " |" for name in names),
        "| **lost** | " + " | ".join(f"**{_count(properties, 'lost')}**" for _, properties in run) + " |",
        "| of claimed | " + " | ".join(str(len(properties) - _count(properties, "not claimed")) for _, properties in run) + " |",
    ]
    return "\n".join(lines) + "\n"


def _count(properties: Mapping[str, Any], outcome: str) -> int:
    return sum(row["outcome"] == outcome for row in properties.values())


def _cell(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "?"
    obstacle = row.get("raised") or row.get("unreadable")
    star = _STAR if obstacle else ""
    if row["outcome"] == "kept":
        return f"kept{star}"
    if row["outcome"] == "lost":
        return f"{_link('lost', row)}{star}"
    if row["outcome"] == "not claimed":
        return "-"
    return _link("raises", obstacle) if obstacle else "?"


def _link(text: str, row: Mapping[str, Any]) -> str:
    return f"[{text}]({_COUNTEREXAMPLES}/{row['counterexample']}.py)" if "counterexample" in row else text


def _section(rows: Sequence[tuple[Exporter, Any]], causes: Mapping[tuple[str, str], Cause]) -> str:
    exporter, result = rows[-1]
    about = next((own["about"] for _, own in reversed(rows) if "about" in own), {"how": "", "not_claimed": {}})
    lines = [f"### {exporter.title}\n", f"[Documentation]({exporter.link}). {about['how']}\n"]
    if about["not_claimed"]:
        reasons: dict[str, list[str]] = {}
        for name, reason in about["not_claimed"].items():
            reasons.setdefault(reason, []).append(f"`{name.removeprefix('keeps_')}`")
        lines.append("Not claimed: " + "; ".join(f"{', '.join(names)} ({reason})" for reason, names in reasons.items()) + ".\n")
    for own, result in rows:
        lines += _version(own, result, causes)
    return "\n".join(lines)


def _version(exporter: Exporter, result: Mapping[str, Any], causes: Mapping[tuple[str, str], Cause]) -> Iterator[str]:
    title = f"{exporter.version}: " if exporter.version else ""
    if "reason" in result:
        yield f"{title}could not be run: {_code(result['reason'])}\n"
        return
    lost = [(name, row) for name, row in result["properties"].items() if row["outcome"] == "lost"]
    stopped = [(name, row) for name, row in result["properties"].items() if row["outcome"] == "could not run" and not _obstacles(row)]
    obstacles: dict[str, tuple[Mapping[str, Any], int]] = {}
    for row in result["properties"].values():
        for own in _obstacles(row):
            obstacles[own["said"]] = own, obstacles.get(own["said"], (own, 0))[1] + 1
    if not (lost or stopped or obstacles):
        yield f"{title}nothing was lost.\n" if title else "Nothing was lost.\n"
        return
    yield f"{title.strip()}\n"
    for name, row in lost:
        cause = causes.get((exporter.key, name))
        cause_text = f" → {cause.said} (`{cause.where}`)" if cause else ""
        yield f"- {_link(f'`{name}`', row)}: {_code(row['said'])}{cause_text}"
    for own, count in obstacles.values():
        yield f"- {_link(_STAR, own)} of {count} {'property' if count == 1 else 'properties'}: {_code(own['said'])}"
    for name, row in stopped:
        yield f"- `{name}` could not be run: {_code(row['said'])}"
    yield ""


def _obstacles(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [row[kind] for kind in ("raised", "unreadable") if kind in row]


def _code(text: str) -> str:
    """The first line of a message, as it is."""
    line = next(iter(text.splitlines()), "")
    shown = "".join(character if character.isprintable() else repr(character)[1:-1] for character in line)
    return f"`{shown[:300].replace('`', chr(39))}`"
