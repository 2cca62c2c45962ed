"""The rules themselves, for people: a table, and a page for each."""

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
    "truth": "a ground truth (`--gt FILE`)",
    "splits": "other files to compare with (`--splits`)",
    "consumers": "a consumer (`--for NAME`)",
    "images": "the image files (`--images DIR`, or where they are found beside the file)",
    "panoptic": "the PNGs (`--panoptic DIR`, or where they are found beside the file) and Pillow (`pip install 'cocoproof[images]'`)",
    "pycocotools": "the reload (`--reload auto` or `always`)",
    "supervision": "the reload, and supervision (`pip install 'cocoproof[supervision]'`)",
}


def as_table(rules: Iterable[Rule], style: Style, standard: Policy | None = None) -> str:
    """One line a rule: code, severity, name, whether it can be mended (by itself, or when asked), and what a breach is.

    Args:
        rules: The rules.
        style: How the text is dressed.
        standard: The profiles by which severities are told; None for the catalogue as it is.
    """
    listed = list(rules)
    widest = max(len(rule.name) for rule in listed)
    lines = []
    for rule in listed:
        severity = _severity(rule, standard) or "off"
        mends = "" if rule.fix is None else "fix" if rule.fix.safe else "ask"
        lines.append(
            f"{style.paint(rule.code, '1')}  {style.paint(f'{severity:<7}', _COLOURS[severity])}  {rule.name:<{widest}}  {mends:<3}  {rule.summary}"
        )
    return "\n".join(lines) + "\n"


def _severity(rule: Rule, standard: Policy | None) -> str | None:
    """The word for how grave a rule's breach is; None where the rule is off."""
    if standard is None:
        return rule.severity.value
    return None if rule.code in standard.off else standard.severities.get(rule.code, rule.severity).value


def as_json(rules: Iterable[Rule], standard: Policy | None = None) -> list[dict[str, object]]:
    """The rules as JSON values, for other tools; the severity is null where a profile has switched the rule off."""
    return [
        {
            "code": rule.code,
            "name": rule.name,
            "severity": _severity(rule, standard),
            "summary": rule.summary,
            "kinds": sorted(kind.value for kind in rule.kinds),
            "requires": list(rule.requires),
            "fix": None if rule.fix is None else {"safe": rule.fix.safe or None, "on_request": rule.fix.on_request or None},
        }
        for rule in rules
    ]


def as_page(rule: Rule) -> str:
    """A rule's page, in Markdown."""
    kinds = [kind.value for kind in Kind if kind in rule.kinds]
    every = len(kinds) == len(Kind) - 1
    parts = [
        f"# {rule.code} {rule.name}",
        f"Severity: **{rule.severity.value}**. Judges: {'every kind of file' if every else ', '.join(kinds)}.",
        rule.summary,
    ]
    if rule.documentation:
        parts.append(rule.documentation)
    if rule.requires:
        parts.append("Needs " + " and ".join(_REQUIREMENTS[requirement] for requirement in rule.requires) + ".")
    if rule.expected is not None:
        parts.append("The examples are held to the class list " + ", ".join(f"`{name}`" for name in rule.expected.names) + ".")
    parts.append(_fix(rule))
    if rule.reject:
        example, place = rule.reject[0]
        parts += ["## Breaks the rule", f"At `{place}`:" if place else "The document as a whole:", _block(example, place)]
    if rule.accept:
        parts += ["## Keeps it", _block(rule.accept[-1], rule.reject[0][1] if rule.reject else "")]
    return "\n\n".join(parts) + "\n"


def fix_word(rule: Rule) -> str:
    """Whether `cocoproof fix` mends breaches of a rule: "safe", "on request", both, or nothing."""
    if rule.fix is None:
        return ""
    return ", ".join(word for word, does in (("safe", rule.fix.safe), ("on request", rule.fix.on_request)) if does)


def _fix(rule: Rule) -> str:
    """What `cocoproof fix` does about a rule."""
    if rule.fix is None:
        return "Fix: **none**. `cocoproof fix` leaves it to you."
    parts = []
    if rule.fix.safe:
        parts.append(f"Fix: **safe**. `cocoproof fix` {rule.fix.safe}.")
    if rule.fix.on_request:
        parts.append(f"{'Fix: ' if not parts else ''}**On request** (`--unsafe-fixes`) it {rule.fix.on_request}.")
    return " ".join(parts)


def _block(example: Example, place: str) -> str:
    """The example, or where it is a whole file the row that the pointer leads to."""
    if isinstance(example, bytes):
        if example.startswith(b"\x1f\x8b"):
            # The compressed bytes differ between releases of Python and zlib, and say nothing to a reader.
            return f"Compressed with gzip:\n\n{_block(gzip.decompress(example), place)}"
        text = example.decode("utf-8", "backslashreplace")
        return _fenced(text, 1000, "text")  # given as bytes because it is no JSON that could be given as values
    if isinstance(example, ExampleWithFiles):
        told = ", ".join(f"`{name}` ({len(content):,} bytes)" for name, content in sorted(example.files.items()))
        return f"{_block(example.document, place)}\n\nThe folder of images holds {told or 'nothing'}."
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
    """A code block, cut at so many characters: then it is no JSON any more, and is not called so."""
    return f"```{language}\n{text}\n```" if len(text) < limit else f"```text\n{text[:limit]}...\n```"
