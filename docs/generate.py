"""Write the documents that follow from the code: `python docs/generate.py`; with `--check` exit with 1 where one is stale.

- docs/rules/COCOxxx.md, one page a rule, and docs/rules/index.md: from the catalogue;
- docs/demo.svg: from what `cocoproof demo` prints;
- the signatures and docstrings of the functions that take the options of a check;
- docs/comparison.md: from the results in comparison/;
- in README.md and docs/*.md, everything between `<!-- generated: NAME -->` and `<!-- end of NAME -->`.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from dataclasses import fields
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click
from picture import PICTURE, demo_output, draw
from signatures import signatures

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.cli.check import check
from cocoproof.model.findings import FileReport, Kind, Report
from cocoproof.profiles import CONSUMERS, PROFILES, ClaimEvidence, PolicyRequirement
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.source import Source
from cocoproof.reports import json_report
from cocoproof.reports.formats import FORMATS
from cocoproof.reports.html import ReportCaps
from cocoproof.reports.rule_pages import as_page, fix_word
from cocoproof.rules.catalogue import RULES, select
from cocoproof.rules.thresholds import Thresholds
from cocoproof.settings.configuration_file import KEYS
from cocoproof.settings.options import FLAG, OPTIONS
from cocoproof.sources.formats import FORMATS as SOURCE_FORMATS
from cocoproof.testing.directed.pose_worlds import OF_POINTS
from cocoproof.testing.directed.results_worlds import OF_TRUTH
from cocoproof.testing.keypoint_list import KEYPOINTS
from cocoproof.testing.results_list import RESULTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cocoproof.profiles import Profile
    from cocoproof.rules.rule import Rule

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
sys.path.insert(0, str(ROOT))

from tests.testing.further_tables import dimension_table, property_table, saboteur_counts  # noqa: E402

from comparison import page as comparison  # noqa: E402 - found below the repository, however this file is started

FAMILIES = {
    "0": "The text: JSON, encoding, numbers",
    "1": "Structure: sections, fields, types",
    "2": "Identity: ids, names, copies",
    "3": "References",
    "4": "Category order and numbering",
    "5": "Boxes and areas",
    "6": "Segmentations: polygons and RLE",
    "7": "Keypoints",
    "8": "Image files and splits",
    "9": "Reloading, results, panoptic, LVIS, the verifier itself",
}
"""The first digit of a code -> what the rules are about."""

_NOTICE = "<!-- Written by docs/generate.py; do not edit. -->"


def documents() -> dict[Path, str]:
    """Every generated document, by its path."""
    out = {DOCS / "rules" / f"{rule.code}.md": f"{as_page(rule)}\n[All rules](index.md)\n" for rule in RULES}
    out[DOCS / "rules" / "index.md"] = _index()
    out[PICTURE] = draw(demo_output())
    out |= signatures(ROOT)
    for path in (ROOT / "README.md", *sorted(DOCS.glob("*.md"))):
        out[path] = _filled(path.read_text(encoding="utf-8"), path)
    out[comparison.PAGE] = comparison.render()
    return out


def _families() -> list[tuple[str, list[Rule]]]:
    return [(FAMILIES[digit], list(rules)) for digit, rules in groupby(RULES, key=lambda rule: rule.code[4])]


def _index() -> str:
    parts = [_NOTICE, "# The rules", f"{len(RULES)} rules. `cocoproof explain CODE` prints a rule's page; `cocoproof rules` lists them."]
    for title, rules in _families():
        rows = [
            f"| [{rule.code}]({rule.code}.md) | {rule.name} | {rule.severity.value} | {fix_word(rule)} | {_cell(rule.summary)} |"
            for rule in rules
        ]
        parts += [f"## {title}", "\n".join(["| code | name | severity | fix | what a violation is |", "|---|---|---|---|---|", *rows])]
    return "\n\n".join(parts) + "\n"


def _filled(text: str, path: Path) -> str:
    """A document with its generated blocks filled anew.

    Raises:
        KeyError: If a block has a name that is none of `BLOCKS`.
        ValueError: If a block is not closed.
    """

    def block(match: re.Match[str]) -> str:
        return f"{match[1]}\n\n{BLOCKS[match[2]]().strip()}\n\n{match[4]}"

    filled, blocks = re.subn(r"(<!-- generated: ([\w-]+) -->)\n(.*?)(<!-- end of \2 -->)", block, text, flags=re.DOTALL)
    if blocks != text.count("<!-- generated: "):
        msg = f"{path}: a generated block is not closed"
        raise ValueError(msg)
    return filled


def _family_table() -> str:
    rows = [
        f"| {rules[0].code} to {rules[-1].code} | {len(rules)} | {title} |" if len(rules) > 1 else f"| {rules[0].code} | 1 | {title} |"
        for title, rules in _families()
    ]
    return "\n".join(["| codes | rules | about |", "|---|---|---|", *rows, f"| | **{len(RULES)}** | |"])


def _fix_table() -> str:
    rows = [
        f"| [{rule.code}](rules/{rule.code}.md) {rule.name} | {_cell(rule.fix.safe)} | {_cell(rule.fix.on_request)} |"
        for rule in RULES
        if rule.fix
    ]
    return "\n".join(["| rule | safe | on request |", "|---|---|---|", *rows])


def _threshold_table() -> str:
    texts = _attributes(Thresholds)
    rows = [f"| `{entry.name.replace('_', '-')}` | {entry.default} | {_cell(texts[entry.name])} |" for entry in fields(Thresholds)]
    return "\n".join(["| threshold | default | what it is |", "|---|---|---|", *rows])


def _html_limits() -> str:
    texts = _attributes(ReportCaps)
    rows = [f"| {_cell(texts[entry.name])} | {entry.default:,} |" for entry in fields(ReportCaps)]
    return "\n".join(["| what | at most |", "|---|---|", *rows])


def _attributes(documented: type) -> dict[str, str]:
    """The texts of a class docstring's `Attributes:`, by name."""
    _, _, body = (inspect.getdoc(documented) or "").partition("Attributes:\n")
    entries = re.findall(r"^ {4}(\w+): (.*(?:\n {6,}.*)*)", body, flags=re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in entries}


def _option_table() -> str:
    rows = []
    for option in check.params:
        if isinstance(option, click.Option):
            flag = " / ".join([*option.opts, *option.secondary_opts])
            choices = "\\|".join(option.type.choices) if isinstance(option.type, click.Choice) else option.metavar or ""
            shown, _, stated = (option.help or "").partition("[default: ")
            default = stated.rstrip("]") or (str(option.default) if option.show_default else "")
            key = option.opts[0].removeprefix("--")
            configured = "`thresholds` (a table)" if key == "threshold" else f"`{key}`" if key in KEYS else ""
            rows.append(f"| `{flag}` {choices} | {configured} | {default} | {_cell(shown.strip())} |")
    return "\n".join(["| option | key in the configuration | default | what it does |", "|---|---|---|---|", *rows])


def _report_formats() -> str:
    rows = [
        f"| `{one.name}` | `{one.extension}` | {_cell(one.audience)} | {_cell(one.contents)} | {f'`{one.extra}`' if one.extra else ''} |"
        for one in FORMATS
    ]
    return "\n".join(["| format | usual file | for | contents | extra |", "|---|---|---|---|---|", *rows])


def _source_formats() -> str:
    rows = []
    for one in SOURCE_FORMATS:
        has = ["boxes"]
        has += [what for what, there in (("masks", one.has_masks), ("keypoints", one.has_keypoints), ("scores", one.has_scores)) if there]
        classes = {"id": "ids", "name": "names", "either": "ids or names"}[one.class_reference]
        options = ", ".join(f"`--{option.name}`" for option in one.options)
        rows.append(f"| `{one.name}` | {_cell(one.summary)} | {', '.join(has)} | {classes} | {options} |")
    return "\n".join(["| command | | reads | classes by | own options |", "|---|---|---|---|---|", *rows])


def _pytest_option_table() -> str:
    rows = []
    for option in OPTIONS:
        flag, key = f"--coco-{option.long_flag.removeprefix('--')}", f"coco_{option.toml_key.replace('-', '_')}"
        value = "\\|".join(option.choices) or option.type.metavar
        switch = f", `--coco-{option.off_key}`" if option.type is FLAG else ""
        rows.append(f"| `{f'{flag} {value}'.strip()}`{switch} | `{key}` | {option.shown_default} | {_cell(option.help)} |")
        if option.off:
            rows.append(f"| `--coco-{option.off_key}` | `coco_{option.off_key.replace('-', '_')}` |  | {_cell(option.off)} |")
    return "\n".join(["| option | key | default | what it does |", "|---|---|---|---|", *rows])


def _json_example() -> str:
    """The report on one broken fixture, by its own rule, whole."""
    name = "fixtures/reject/COCO501-box-not-positive.json"
    options = CheckSettings(rules=select(["COCO501"]), reload=ReloadMode.NEVER)
    report: FileReport = check_source(Source(name, (ROOT / name).read_bytes()), options)
    return f"```json\n{json_report.render(Report(files=(report,)))}```"


def _rule_count() -> str:
    counts = {severity: sum(rule.severity.value == severity for rule in RULES) for severity in ("error", "warning", "note")}
    by_severity = ", ".join(f"{count} {severity}s" for severity, count in counts.items())
    return f"{len(RULES)} rules today: {by_severity}."


def _odd_files() -> str:
    lines = (ROOT / "tests" / "images" / "odd_files.tsv").read_text(encoding="ascii").splitlines()[1:]
    rows = [
        f"| {what} | {header} | {'' if decoded == header else decoded} |"
        for _, what, header, decoded in (line.split("\t") for line in lines)
    ]
    return "\n".join(["| file | found by its header | with `--decode` |", "|---|---|---|", *rows])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _arrivals() -> str:
    """The loaders that are modelled."""
    lines = ["| consumer | package | what is modelled | kinds | compared with |", "|---|---|---|---|---|"]
    for profile in CONSUMERS:
        consumer = profile.consumer
        if consumer is None or consumer.load is None:
            continue
        kinds = ", ".join(kind.value for kind in Kind if kind in consumer.modelled)
        evidence = "the loader" if consumer.evidence is ClaimEvidence.TEST else "its source"
        lines.append(f"| {consumer.name} | {consumer.package} {consumer.version} | `{consumer.loader}` | {kinds} | {evidence} |")
    return "\n".join(lines)


def _profile(profile: Profile) -> str:
    """A profile's section of docs/profiles.md, without its heading."""
    own = {rule.code: rule for rule in RULES}
    parts = [profile.summary]
    if profile.consumer is not None:
        consumer = profile.consumer
        kinds = ", ".join(kind.value for kind in Kind if kind in consumer.kinds)
        parts.append(f"Examined: `{consumer.loader}` of {consumer.package} {consumer.version}. It accepts: {kinds}.")
    rows = []
    for claim in profile.claims:
        rule = own[claim.code]
        severity = "off" if claim.severity is None else claim.severity.value
        here = severity if claim.severity is rule.severity else f"**{severity}**"
        grounds = f"{claim.why} [{SHOWN[claim.proof]}]({claim.source})" if claim.source else claim.why
        rows.append(f"| [{rule.code}](rules/{rule.code}.md) {rule.name} | {rule.severity.value} | {here} | {_cell(grounds)} |")
    why = "what its loader does" if profile.consumer is not None else "why"
    parts.append("\n".join([f"| rule | in the catalogue | here | {why} |", "|---|---|---|---|", *rows]))
    if profile.demands:
        parts.append("By default: " + "; ".join(DEMANDED[demand] for demand in PolicyRequirement if demand in profile.demands) + ".")
    if profile.required:
        parts.append(f"Required, or the run fails: {', '.join(sorted(profile.required))}.")
    if profile.consumer is not None and profile.consumer.unchecked:
        parts += ["Not checked by any rule:", "\n".join(f"- {one}" for one in profile.consumer.unchecked)]
    return "\n\n".join(parts)


SHOWN = {ClaimEvidence.TEST: "Source, and tested on the loader.", ClaimEvidence.SOURCE: "Source.", ClaimEvidence.NONE: ""}
"""The text of a claim's link, by its evidence."""

DEMANDED = {
    PolicyRequirement.SPLITS: "several files are compared with each other (`--splits`)",
    PolicyRequirement.DECODE: "every image is decoded (`--decode`), which needs Pillow: `pip install 'cocoproof[images]'`",
}
"""The requirements of a profile, as text."""

BLOCKS: Mapping[str, Callable[[], str]] = {
    comparison.BLOCK: comparison.block,
    "families": _family_table,
    "fixes": _fix_table,
    "html-limits": _html_limits,
    "json-example": _json_example,
    "odd-files": _odd_files,
    "options": _option_table,
    "pytest-options": _pytest_option_table,
    "report-formats": _report_formats,
    "results-properties": partial(property_table, RESULTS),
    "results-dimensions": partial(dimension_table, OF_TRUTH),
    "keypoint-properties": partial(property_table, KEYPOINTS),
    "keypoint-dimensions": partial(dimension_table, OF_POINTS),
    "further-saboteurs": saboteur_counts,
    "rule-count": _rule_count,
    "source-formats": _source_formats,
    "thresholds": _threshold_table,
    "arrivals": _arrivals,
    **{f"profile-{profile.name}": partial(_profile, profile) for profile in (*PROFILES, *CONSUMERS)},
}
"""The generated blocks of the documents."""


def stale(wanted: Mapping[Path, str]) -> list[Path]:
    """The documents that are missing, out of date, or of a removed rule."""
    old = [path for path, text in wanted.items() if not path.is_file() or path.read_bytes() != text.encode()]
    return old + sorted(set((DOCS / "rules").glob("*.md")) - wanted.keys())


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a document is stale")
    arguments = parser.parse_args()
    wanted = documents()
    old = stale(wanted)
    for path in old:
        sys.stdout.write(f"{'stale' if arguments.check else 'written' if path in wanted else 'removed'}: {path.relative_to(ROOT)}\n")
    if arguments.check:
        if old:
            sys.stdout.write("run: python docs/generate.py\n")
        return int(bool(old))
    (DOCS / "rules").mkdir(exist_ok=True)
    for path in old:
        if path in wanted:
            path.write_bytes(wanted[path].encode())
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
