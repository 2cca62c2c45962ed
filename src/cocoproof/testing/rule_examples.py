"""A rule beside its own examples: what tests cocoproof's rules tests those of a plug-in."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.checking.image_sources import ImageOptions
from cocoproof.dataset_contract import interpret
from cocoproof.model.findings import Severity, Verdict
from cocoproof.profiles import Policy
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.document import read
from cocoproof.reading.source import Source, read_document
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.earlier_splits import EarlierSplits
from cocoproof.rules.rule import ExampleWithFiles

if TYPE_CHECKING:
    from cocoproof.model.findings import FileReport, RuleResult
    from cocoproof.rules.rule import Example, Rule

__all__ = ["check_rule_examples"]

_LEAST = 2


def check_rule_examples(rule: Rule) -> None:
    """Compare a rule with its examples.

    There must be two of each sort. In an accepted one the rule finds nothing, and no rule of cocoproof finds an error. In a rejected one it finds a violation,
    the first at the stated pointer; its message is one line.

    Args:
        rule: The rule, as the decorator made it.

    Raises:
        AssertionError: If an example is not as it should be; the message says which, and why.
    """
    for name, examples in (("accept", rule.accept), ("reject", rule.reject)):
        if len(examples) < _LEAST:
            msg = f"{rule.code} has {len(examples)} examples that it should {name}, expected at least {_LEAST}"
            raise AssertionError(msg)
    if not rule.summary.endswith(".") or not rule.documentation:
        msg = f"{rule.code}: the docstring needs a first line that ends with a full stop, and a text after it that says why and what to do"
        raise AssertionError(msg)
    for number, example in enumerate(rule.accept):
        _accepts(rule, example, f"{rule.code}, accepted example {number}")
    for number, (example, place) in enumerate(rule.reject):
        _rejects(rule, example, place, f"{rule.code}, rejected example {number}")


def _accepts(rule: Rule, example: Example, where: str) -> None:
    report = _check(rule, example, (rule,))
    own = _own(rule, report)
    if own.verdict is not Verdict.PASSED:
        found = "; ".join(f"{one.pointer}: {one.message}" for one in report.findings)
        msg = f"{where}: {own.verdict.value}, {own.reason or found}"
        raise AssertionError(msg)
    errors = [one for one in _check(rule, example, RULES).findings if one.severity is Severity.ERROR]
    if errors:
        msg = f"{where} breaks another rule: {errors[0].code} at {errors[0].pointer}: {errors[0].message}"
        raise AssertionError(msg)


def _rejects(rule: Rule, example: Example, place: str, where: str) -> None:
    report = _check(rule, example, (rule,))
    own = _own(rule, report)
    if own.verdict is not Verdict.FAILED:
        msg = f"{where}: {own.verdict.value}, expected a violation at {place!r}" + (f" ({own.reason})" if own.reason else "")
        raise AssertionError(msg)
    found = [one for one in report.findings if one.code == rule.code]
    if found[0].pointer != place:
        msg = f"{where}: the first violation is at {found[0].pointer!r}, expected {place!r}"
        raise AssertionError(msg)
    if not found[0].message or "\n" in found[0].message:
        msg = f"{where}: the message is not one line: {found[0].message!r}"
        raise AssertionError(msg)


def _own(rule: Rule, report: FileReport) -> RuleResult:
    return next(result for result in report.rules if result.code == rule.code)


def _check(rule: Rule, example: Example, rules: tuple[Rule, ...]) -> FileReport:
    with tempfile.TemporaryDirectory() as folder:
        images = None
        if isinstance(example, ExampleWithFiles):
            images = Path(folder) / "images"
            for name, content in example.files.items():
                path = images / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            example = example.document
        source = Source("example.json", example) if isinstance(example, bytes) else read_document(example)
        reloaded = {"pycocotools", "supervision"} & set(rule.requires)
        splits = None if rule.earlier is None else EarlierSplits().plus("train.json", read(read_document(rule.earlier)).dataset)
        settings = CheckSettings(
            rules=rules,
            expected=rule.expected,
            contract=None if rule.contract is None else interpret(rule.contract, "the contract of the examples"),
            truth=None if rule.truth is None else read(read_document(rule.truth)),
            splits=splits,
            reload=ReloadMode.ALWAYS if reloaded else ReloadMode.NEVER,
            images=None if images is None else ImageOptions(root=str(images), panoptic=str(images)),
            policy=Policy(consumers=rule.consumers or ()),
        )
        return check_source(source, settings)
