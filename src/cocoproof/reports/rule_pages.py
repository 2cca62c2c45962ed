"""The documentation of the rules: a table of all, and a page for each."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

from cocoproof.model.findings import Kind
from cocoproof.rules.rule import ExampleWithFiles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cocoproof.profiles import Policy
    from cocoproof.reports.style import Style
    from cocoproof.rules.rule import Example, Rule

__all__ = ["as_json", "as_page", "as_table", "fix_word"]

_COLOURS = {"error": "31", "warning": "33", "note": "36", "off": "2"}
_REQUIREMENTS = {
    "categories": "a class list (`--categories FILE`)",
    "contract": "a [dataset contract](../dataset-contract.md) (`--contract FILE`)",
    "truth": "a ground truth (`--gt FILE`)",
    "splits": "other files to compare with (`--splits`)",
    "consumers": "a consumer (`--for NAME`)",
    "images": "the image files (`--images DIR`, or where they are found beside the file)",
    "panoptic": "the PNGs (`--panoptic DIR`, or where they are found beside the file) and Pillow (`pip install 'cocoproof[images]'`)",
    "opencv": "decoded images (`--decode`), and OpenCV (`pip install 'cocoproof[opencv]'`)",
    "pycocotools": "the reload (`--reload auto` or `always`)",
    "supervision": "the reload, and supervision (`pip install 'cocoproof[supervision]'`)",
}


def as_table(rules: Iterable[Rule], style: Style, standard: Policy | None = None) -> str:
    """One line per rule: code, severity, name, whether `cocoproof fix` fixes it (`fix`, or `ask` for on request), and the summary.

    Args:
        rules: The rules.
        style: How text is printed.
        standard: The policy that sets the severities; None for the defaults.
    """
    listed = list(rules)
    widest = max(len(rule.name) for rule in listed)
    lines = []
    for rule in listed:
        severity = _severity(rule, standard) or "off"
        fixed = "" if rule.fix is None else "fix" if rule.fix.safe else "ask"
        lines.append(
            f"{style.paint(rule.code, '1')}  {style.paint(f'{severity:<7}', _COLOURS[severity])}  {rule.name:<{widest}}  {fixed:<3}  {rule.summary}"
        )
    return "\n".join(lines) + "\n"


def _severity(rule: Rule, standard: Policy | None) -> str | None:
    """The severity of a rule; None if the policy turns it off."""
    if standard is None:
        return rule.severity.value
    return None if rule.code in standard.off else standard.severities.get(rule.code, rule.severity).value


def as_json(rules: Iterable[Rule], standard: Policy | None = None) -> list[dict[str, object]]:
    """The rules as JSON values, for other tools; the severity is null if a profile turns the rule off."""
    return [
        {
            "code": rule.code,
            "name": rule.name,
            "severity": _severity(rule, standard),
            "summary": rule.summary,
            "kinds": sorted(kind.value for kind in rule.kinds),
            "requires": list(rule.requires),
            "explains": list(rule.explains),
            "frames": rule.frames,
            "dialect": None if rule.dialect is None else rule.dialect.value,
            "fix": None if rule.fix is None else {"safe": rule.fix.safe or None, "on_request": rule.fix.on_request or None},
        }
        for rule in rules
    ]


def as_page(rule: Rule) -> str:
    """A rule's page, in Markdown."""
    kinds = [kind.value for kind in Kind if kind in rule.kinds]
    every = len(kinds) == len(Kind) - 1
    frames = ", each frame of a YouTube-VIS file" if rule.frames else ""
    dialect = "" if rule.dialect is None else f", with {rule.dialect.label}"
    parts = [
        f"# {rule.code} {rule.name}",
        f"Severity: **{rule.severity.value}**. Checks: {'every kind of file' if every else ', '.join(kinds)}{frames}{dialect}.",
        rule.summary,
    ]
    if rule.plugin:
        parts.append(f"From the plug-in {rule.plugin}.")
    if rule.documentation:
        parts.append(rule.documentation)
    if rule.requires:
        parts.append("Needs " + " and ".join(_REQUIREMENTS[requirement] for requirement in rule.requires) + ".")
    if rule.expected is not None:
        parts.append("The examples are checked against the class list " + ", ".join(f"`{name}`" for name in rule.expected.names) + ".")
    if rule.contract is not None:
        from cocoproof.dataset_contract import contract_toml  # a check needs no pages

        parts.append(f"The examples are checked against the dataset contract\n\n```toml\n{contract_toml(rule.contract).strip()}\n```")
    if rule.explains:
        listed = ", ".join(rule.explains)
        parts.append(f"Explains: findings of {listed} that follow from a violation are counted under it, and not listed.")
    parts.append(_fix(rule))
    if rule.reject:
        example, place = rule.reject[0]
        parts += ["## Example with a violation", f"At `{place}`:" if place else "In the document:", _block(example, place)]
    if rule.accept:
        parts += ["## Example without one", _block(rule.accept[-1], rule.reject[0][1] if rule.reject else "")]
    return "\n\n".join(parts) + "\n"


def fix_word(rule: Rule) -> str:
    """How `cocoproof fix` fixes violations of a rule: "safe", "on request", both, or empty."""
    if rule.fix is None:
        return ""
    return ", ".join(word for word, does in (("safe", rule.fix.safe), ("on request", rule.fix.on_request)) if does)


def _fix(rule: Rule) -> str:
    """What `cocoproof fix` does about a rule."""
    if rule.fix is None:
        return "Fix: **none**. `cocoproof fix` does not change it."
    parts = []
    if rule.fix.safe:
        parts.append(f"Fix: **safe**. `cocoproof fix` {rule.fix.safe}.")
    if rule.fix.on_request:
        parts.append(f"{'Fix: ' if not parts else ''}**On request** (`--unsafe-fixes`) it {rule.fix.on_request}.")
    return " ".join(parts)


def _block(example: Example, place: str) -> str:
    """The example as a code block: of a complete file only the row that the pointer leads to."""
    if isinstance(example, bytes):
        if example.startswith(b"\x1f\x8b"):
            # The compressed bytes differ between releases of Python and zlib, and say nothing to a reader.
            return f"Compressed with gzip:\n\n{_block(gzip.decompress(example), place)}"
        text = example.decode("utf-8", "backslashreplace")
        return _fenced(text, 1000, "text")  # an example in bytes is not valid JSON
    if isinstance(example, ExampleWithFiles):
        listed = ", ".join(f"`{name}` ({len(content):,} bytes)" for name, content in sorted(example.files.items()))
        return f"{_block(example.document, place)}\n\nThe folder of images holds {listed or 'nothing'}."
    shown: object = example
    parts = place.split("/")[1:3]
    if len(parts) == 2 and isinstance(example, dict):
        rows = example.get(parts[0])
        row = int(parts[1]) if parts[1].isdigit() else -1
        if isinstance(rows, list) and 0 <= row < len(rows):
            shown = {parts[0]: [rows[row]]}
    text = json.dumps(shown, ensure_ascii=False)
    return _fenced(text, 2000, "json")


def _fenced(text: str, limit: int, language: str) -> str:
    """A code block, cut to so many characters. A text that was cut is not valid JSON and is not labelled as JSON."""
    return f"```{language}\n{text}\n```" if len(text) < limit else f"```text\n{text[:limit]}...\n```"
