"""The resolved settings of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cocoproof.model.findings import Severity
from cocoproof.profiles import Policy
from cocoproof.readers import Limits
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.thresholds import Thresholds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cocoproof.checking.baseline import Baseline
    from cocoproof.checking.image_sources import ImageOptions
    from cocoproof.dataset_contract import DatasetContract
    from cocoproof.mapping import CategoryList
    from cocoproof.model.findings import Kind
    from cocoproof.reading.document import Document
    from cocoproof.rules.earlier_splits import EarlierSplits
    from cocoproof.rules.rule import Rule

__all__ = ["CheckSettings"]


@dataclass(frozen=True, kw_only=True)
class CheckSettings:
    """The settings of a check. `cocoproof.settings.resolve` makes them from options; rules do not see them.

    Attributes:
        rules: The rules to run.
        ignored: Codes of rules that report nothing, not even for a file that cannot be read as COCO. Other rules report why it
            cannot, whatever was selected: an unreadable file must not look clean.
        kind: Read files as this kind instead of the detected one.
        expected: The expected categories.
        contract: What the project demands of the dataset.
        contiguous: Whether category ids must be contiguous.
        truth: The ground truth of results lists.
        thresholds: The numbers that rules compare with.
        max_findings: Findings listed per rule and file; None for all. Counts are exact either way.
        reload: How much of the file goes through pycocotools and supervision.
        limits: The memory and time of the reload.
        images: Where the image files are, or that they are searched for; None opens none.
        splits: The splits checked before the file, to compare it with; None where files are independent of each other.
        policy: The severities of the chosen profiles, and the rules that must give a verdict. `rules` says which rules run.
        fingerprints: Whether findings get their fingerprints.
        baseline: The accepted findings; None where none are.
        baseline_file: The file of the baseline.
        fail_on: The lowest severity that fails the run.
        inputs: The files that the settings were read from, and what each is: nothing may be written over them.
    """

    rules: Sequence[Rule] = RULES
    ignored: frozenset[str] = frozenset()
    kind: Kind | None = None
    expected: CategoryList | None = None
    contract: DatasetContract | None = None
    contiguous: bool = False
    truth: Document | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)
    max_findings: int | None = 1000
    reload: ReloadMode = ReloadMode.AUTO
    limits: Limits = field(default_factory=Limits)
    splits: EarlierSplits | None = None
    policy: Policy = field(default_factory=Policy)
    images: ImageOptions | None = None
    fingerprints: bool = False
    baseline: Baseline | None = None
    baseline_file: Path | None = None
    fail_on: Severity = Severity.ERROR
    inputs: Mapping[str, str] = field(default_factory=dict)
