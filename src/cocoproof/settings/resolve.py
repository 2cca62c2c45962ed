"""Layers of options -> the settings of a check: the one place where defaults, files and profiles come together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cocoproof.checking.baseline import read_baseline
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.checking.ground_truth import read_truth
from cocoproof.checking.image_sources import ImageOptions, ImagesError
from cocoproof.images.decode_pool import PILLOW_EXTRA, pillow_installed
from cocoproof.mapping import CategoryList, read_category_list
from cocoproof.model.errors import SettingsError
from cocoproof.model.findings import Kind, Severity
from cocoproof.profiles import PolicyRequirement, resolve_policy
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.source import STDIN
from cocoproof.rules.catalogue import find, known_rules
from cocoproof.rules.catalogue import select as select_rules
from cocoproof.rules.earlier_splits import EarlierSplits
from cocoproof.rules.image_groups import parse_group_by
from cocoproof.rules.split_roles import is_training
from cocoproof.rules.thresholds import Thresholds
from cocoproof.settings.layer import Origin
from cocoproof.settings.options import option_named
from cocoproof.settings.threshold_values import make_thresholds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cocoproof.checking.baseline import Baseline
    from cocoproof.dataset_contract import DatasetContract
    from cocoproof.profiles import Policy
    from cocoproof.reading.document import Document
    from cocoproof.rules.image_groups import GroupBy
    from cocoproof.settings.layer import SettingsLayer

__all__ = ["baseline_path", "resolve_settings"]

_MAX_FINDINGS = 1000


def resolve_settings(
    layers: Sequence[SettingsLayer],
    *,
    files: Sequence[str] | None = None,
    before: CheckSettings | None = None,
    record_baseline: bool = False,
) -> CheckSettings:
    """Merge layers of options into the settings of a check.

    A later layer replaces what an earlier one sets, option by option; rules to ignore and thresholds by name add up.

    Args:
        layers: The layers, from the most general to the most specific.
        files: The files that the run checks; None for any number of files that are not compared with each other.
        before: The settings of all layers but the last: what they read from files is not read again.
        record_baseline: Whether the run writes the baseline, which need not exist yet.

    Raises:
        SettingsError: If a value cannot be used, options contradict each other, or the dataset contract or a plug-in cannot be used.
        UnknownRule: If `select` or `ignore` names no rule.
        UnknownProfile: If `profile` or `consumers` names none.
        CategoryListError: If the category list cannot be read.
        GroundTruthError: If the ground truth cannot be read.
        BaselineError: If the baseline cannot be read.
        ImagesError: If a folder of images cannot be opened, or images are to be decoded and Pillow is not installed.
    """
    merged = _Layers(layers)
    policy = resolve_policy(merged.text("profile"), merged.items("consumers"))
    ignored = merged.items("ignore")
    known = known_rules(plugins=merged.get("plugins", True) is not False)
    rules = select_rules(merged.items("select"), ignored, policy.off, known)
    if not rules:
        msg = "all selected rules are ignored: there is no rule to run"
        raise SettingsError(msg)
    kind = merged.choice("kind")
    images = _images(merged, policy)
    inputs = _Inputs(merged, before)
    return CheckSettings(
        rules=rules,
        ignored=frozenset(rule.code for given in ignored for rule in find(given, known)),
        kind=None if kind is None else Kind(kind),
        expected=inputs.categories(),
        contract=inputs.contract(),
        contiguous=bool(merged.get("contiguous", False)),
        truth=inputs.truth(),
        thresholds=_thresholds(merged),
        max_findings=merged.count("max_findings", _MAX_FINDINGS),
        reload=ReloadMode(merged.choice("reload") or ReloadMode.AUTO),
        splits=None if files is None else _splits(merged, policy, images, files),
        policy=policy,
        images=images,
        baseline=inputs.baseline(record=record_baseline),
        baseline_file=inputs.baseline_file,
        fail_on=Severity(merged.choice("fail_on") or Severity.ERROR),
        inputs=inputs.read,
    )


def baseline_path(layers: Sequence[SettingsLayer]) -> Path | None:
    """The file of the baseline; None where there is none. It is not read."""
    source = _Layers(layers).source("baseline")
    return None if source is None or source.values["baseline"] in (False, "") else source.path("baseline")


class _Layers:
    """The layers of a run, and what they amount to."""

    def __init__(self, layers: Sequence[SettingsLayer]) -> None:
        self.layers = tuple(layers)

    def source(self, name: str) -> SettingsLayer | None:
        """The layer whose value of an option counts; None where no layer sets it."""
        return next((layer for layer in reversed(self.layers) if name in layer.values), None)

    def get(self, name: str, default: object = None) -> object:
        source = self.source(name)
        return default if source is None else source.values[name]

    def rank(self, name: str) -> int:
        """How specific the layer is that sets an option; -1 where none does."""
        source = self.source(name)
        return -1 if source is None else self.layers.index(source)

    def text(self, name: str) -> str | None:
        value = self.get(name)
        return None if value is None else str(value)

    def items(self, name: str) -> tuple[str, ...]:
        if option_named(name).adds_up:
            values = [layer.values[name] for layer in self.layers if name in layer.values]
            return tuple(item for value in values if isinstance(value, tuple) for item in value)
        value = self.get(name)
        return value if isinstance(value, tuple) else ()

    def count(self, name: str, default: int) -> int | None:
        """A number; None where the option is set to no limit."""
        value = self.get(name, default)
        return value if isinstance(value, int) else None

    def choice(self, name: str) -> str | None:
        """One of the values that the option takes.

        Raises:
            SettingsError: If it is another.
        """
        source = self.source(name)
        if source is None:
            return None
        value = source.values[name]
        choices = option_named(name).choices
        if value in choices:
            return str(getattr(value, "value", value))
        msg = f"{source.spelled(name)} must be one of {', '.join(choices)}, not {str(getattr(value, 'value', value))!r}"
        raise SettingsError(msg)

    def spelled(self, name: str) -> str:
        """The option as the layer writes it that sets it."""
        source = self.source(name)
        return name if source is None else source.spelled(name, source.values[name])


class _Inputs:
    """What a run reads from files besides those that it checks.

    Attributes:
        read: The files, and what each is.
        baseline_file: The file of the baseline; None where there is none, or before it was read.
    """

    def __init__(self, merged: _Layers, before: CheckSettings | None) -> None:
        self._merged = merged
        self._before = before
        self.baseline_file: Path | None = None
        self.read = {str(layer.file): "it is the configuration" for layer in merged.layers if layer.file is not None}

    def categories(self) -> CategoryList | None:
        value, source = self._merged.get("categories"), self._merged.source("categories")
        if source is None or isinstance(value, CategoryList):
            return value if isinstance(value, CategoryList) else None
        path = self._path(source, "categories", "it is the category list")
        return self._before.expected if self._is_before(source) and self._before is not None else read_category_list(path)

    def contract(self) -> DatasetContract | None:
        value, source = self._merged.get("contract"), self._merged.source("contract")
        if source is None or value is False:
            return None
        from cocoproof.dataset_contract import interpret, read_contract  # 8 ms, which a run without a contract need not spend

        if isinstance(value, Mapping):
            return interpret(dict(value), source.spelled("contract"))
        path = self._path(source, "contract", "it is the dataset contract")
        return self._before.contract if self._is_before(source) and self._before is not None else read_contract(path)

    def truth(self) -> Document | None:
        source = self._merged.source("gt")
        if source is None:
            return None
        path = self._path(source, "gt", "it is the ground truth")
        return self._before.truth if self._is_before(source) and self._before is not None else read_truth(path)

    def baseline(self, *, record: bool) -> Baseline | None:
        source = self._merged.source("baseline")
        if source is None or source.values["baseline"] is False:
            return None
        path = self.baseline_file = self._path(source, "baseline", "it is the baseline")
        return self._before.baseline if self._is_before(source) and self._before is not None else read_baseline(path, recording=record)

    def _path(self, source: SettingsLayer, name: str, what: str) -> Path:
        if source.values[name] == "":
            msg = f"{source.spelled(name)} is empty"
            raise SettingsError(msg)
        path = source.path(name)
        self.read[str(path)] = what
        return path

    def _is_before(self, source: SettingsLayer) -> bool:
        return self._before is not None and source is not self._merged.layers[-1]


def _thresholds(merged: _Layers) -> Thresholds:
    values: dict[str, object] = {}
    given = None
    for layer in merged.layers:
        value = layer.values.get("thresholds", {})
        if isinstance(value, Thresholds):
            given, values = value, {}
        elif isinstance(value, dict):
            values |= value
    if given is None:
        return make_thresholds(values)
    return given


def _images(merged: _Layers, policy: Policy) -> ImageOptions:
    """Where image files are, and whether they are decoded: by an option, or else by the profile.

    Raises:
        SettingsError: If images are to be decoded that are not to be opened, or a folder is the empty text.
        ImagesError: If a folder cannot be opened, or images cannot be decoded.
    """
    for name in ("images", "panoptic"):
        if merged.get(name) == "":  # an unset shell variable; taken as "not set" it would be ignored silently
            msg = f"{merged.spelled(name)} is empty"
            raise SettingsError(msg)
    given, source = merged.get("images", True), merged.source("images")
    none = given is False
    if none and merged.get("decode") is True and merged.rank("decode") >= merged.rank("images"):
        msg = f"{merged.spelled('decode')} reads image files, and {merged.spelled('images')} opens none"
        raise SettingsError(msg)
    panoptic = merged.source("panoptic")
    if none and merged.rank("panoptic") < merged.rank("images"):
        panoptic = None
    options = ImageOptions(
        root=source.location("images") if source is not None and not isinstance(given, bool) else None,
        panoptic=None if panoptic is None else panoptic.location("panoptic"),
        guess=not none,
        decode=bool(merged.get("decode", PolicyRequirement.DECODE in policy.demands)) and not none,
    )
    options.check()  # reported before anything is read
    return options


def _splits(merged: _Layers, policy: Policy, images: ImageOptions, files: Sequence[str]) -> EarlierSplits | None:
    """What files are compared with: nothing, unless they are splits.

    Raises:
        SettingsError: If there is nothing to compare, or an option of the comparison cannot be used.
        ImagesError: If images are to be decoded and Pillow is not installed.
    """
    source = merged.source("splits")
    if source is not None and source.values["splits"] is True and not source.is_permanent and len(files) < 2:
        msg = f"{source.spelled('splits')} compares files with each other: it needs at least two"
        raise SettingsError(msg)
    compared = bool(merged.get("splits", len(files) > 1 and PolicyRequirement.SPLITS in policy.demands))
    group_by = _group_by(merged, compared=compared)
    training = _training(merged, files, compared=compared)
    similar = _similar(merged, images, compared=compared)
    if not compared:
        return None
    twice = _given_twice(files)
    if twice is not None:
        msg = f"{twice} is given twice: splits are different files"
        raise SettingsError(msg)
    return EarlierSplits(similar=similar, group_by=group_by, training=training)


def _group_by(merged: _Layers, *, compared: bool) -> GroupBy | None:
    given, source = merged.get("group_by"), merged.source("group_by")
    if source is None:
        return None
    name = source.spelled("group_by")
    if not isinstance(given, str):
        msg = f"{name} must be a text, not {type(given).__name__}"
        raise SettingsError(msg)
    found = parse_group_by(given, name)
    _needs_splits(merged, "group_by", compared=compared)
    return found


def _training(merged: _Layers, files: Sequence[str], *, compared: bool) -> tuple[str, ...]:
    """The training splits of a run: the one that the user names, or those that are by their names."""
    source = merged.source("train")
    if source is None:
        return tuple(file for file in files if is_training(file))
    if source.values["train"] == "":
        msg = f"{source.spelled('train')} is empty"
        raise SettingsError(msg)
    _needs_splits(merged, "train", compared=compared)
    wanted = _same(str(source.path("train")))
    found = tuple(file for file in files if _same(file) == wanted)
    if not found and compared and not source.is_permanent:
        msg = f"{source.spelled('train')}: {source.values['train']} is not one of the files that are compared: {', '.join(files)}"
        raise SettingsError(msg)
    return found


def _needs_splits(merged: _Layers, name: str, *, compared: bool) -> None:
    """Refuse an option that a run without splits would ignore. A project's configuration is for runs of both sorts."""
    source = merged.source(name)
    if source is not None and not compared and not source.is_permanent:
        splits = merged.source("splits")
        needed = source.spelled("splits") if splits is None else splits.spelled("splits")
        msg = f"{source.spelled(name)} is about splits: it needs {needed}, and at least two files"
        raise SettingsError(msg)


def _given_twice(files: Sequence[str]) -> str | None:
    """A file that is named a second time, perhaps in another way."""
    seen: set[str] = set()
    for file in files:
        same = _same(file)
        if same in seen:
            return file
        seen.add(same)
    return None


def _same(path: str) -> str:
    return path if path == STDIN else os.path.normcase(os.path.realpath(path))


def _similar(merged: _Layers, images: ImageOptions, *, compared: bool) -> bool:
    if merged.get("similar") is not True:
        return False
    source = merged.source("similar")
    name = merged.spelled("similar")
    if not compared or not images.opens_images:
        needed = "splits" if source is None else source.spelled("splits")
        off = "images=False" if source is not None and source.origin is Origin.CALL else "--no-images"
        msg = f"{name} compares the images of splits: it needs {needed}, and cannot be used with {off}"
        raise SettingsError(msg)
    if not pillow_installed():
        msg = f"{name} decodes images: {PILLOW_EXTRA}"
        raise ImagesError(msg)
    return True
