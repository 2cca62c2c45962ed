"""Rules about what the splits of one dataset contain: classes that training lacks, and frequencies and sizes that differ."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.model.findings import Kind, Severity
from cocoproof.rules.examples import dataset
from cocoproof.rules.rule import OBJECTS, RuleContext, RuleSkipped, Violation, Violations, ViolationScope, quote, rule
from cocoproof.rules.split_context import earlier_splits, with_unread
from cocoproof.rules.split_examples import EARLIER, of_images

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Column, TextColumn
    from cocoproof.rules.earlier_splits import EarlierSplits, OwnSplit, SplitRecord
    from cocoproof.rules.split_contents import SplitContents

__all__ = ["CHANCE", "RULES", "class_shift", "size_factor", "size_shift"]

_KINDS = OBJECTS | {Kind.PANOPTIC}
_LISTED = 8
CHANCE = 1e-5
"""How likely a difference between random splits of one dataset may be, for it to be reported; over all classes together."""
_FACTOR = 1.2
"""By how much sizes must differ on average, whatever their distributions: nearly equal sizes may have distributions without overlap."""
_EMPTY = ""
"""In place of a class: images without annotations."""

_IMAGE = {"id": 3, "file_name": "3.jpg"}
_ROW = {"id": 3, "image_id": 3}


@dataclass(frozen=True, eq=False)
class _Side:
    """One or more splits as one.

    Attributes:
        name: As a message names it.
        contents: Their contents.
        ids: The first id of each category, by name.
    """

    name: str
    contents: Sequence[SplitContents]
    ids: Mapping[str, int | None]

    def means_another(self, name: str, number: int | None) -> bool:
        """Whether the id of a category is that of another category here, which COCO852 reports."""
        return self.ids.get(name) != number and number is not None and number in self.ids.values()

    @property
    def images(self) -> int:
        return sum(one.images for one in self.contents)

    @property
    def annotations(self) -> Mapping[str, int]:
        """How many annotations each class has."""
        return sum((Counter({name: count.annotations for name, count in one.classes.items()}) for one in self.contents), Counter())

    @property
    def image_counts(self) -> Mapping[str, int]:
        """On how many images each class is; with those that have none."""
        counts = sum((Counter({name: count.images for name, count in one.classes.items()}) for one in self.contents), Counter())
        return counts | {_EMPTY: sum(one.empty for one in self.contents)}

    @property
    def sizes(self) -> NDArray[np.float64]:
        return np.sort(np.concatenate([one.sizes for one in self.contents]))


@dataclass(frozen=True, eq=False)
class _Comparison:
    """Training and another split, one of which is the file or has it."""

    training: _Side
    other: _Side
    is_training: bool
    """Whether the file is (a part of) the training side."""


def _comparisons(splits: EarlierSplits, own: OwnSplit) -> list[_Comparison]:
    """Training beside each other split, as far as that was not possible before this file.

    Raises:
        RuleSkipped: If there is nothing to compare.
    """
    trains = splits.trains(own.path)
    training = [side for side in splits.sides if splits.trains(side.path)]
    others = [side for side in splits.sides if not splits.trains(side.path)]
    unread = [path for path in splits.unread if splits.trains(path)]
    if unread:
        msg = f"the training split {', '.join(unread)} could not be read"
        raise RuleSkipped(msg)
    if not training and not trains:
        msg = (
            "the training split follows: the comparison is reported there"
            if splits.training_to_come
            else "which split is for training does not follow from the file names (--train FILE)"
        )
        raise RuleSkipped(msg)
    if splits.training_to_come:
        msg = "a further training split follows: the comparison is reported there"
        raise RuleSkipped(msg)
    mine = _Side(own.path, [own.contents], _ids(own.coco.categories.id, own.coco.categories.name))
    if not trains:
        return [_Comparison(_together(training), mine, is_training=False)]
    if not others:
        msg = "no other split than training precedes it: the comparison is reported there"
        raise RuleSkipped(msg)
    whole = _together(training)
    whole = _Side(" and ".join([*filter(None, [whole.name]), own.path]), [*whole.contents, own.contents], {**mine.ids, **whole.ids})
    return [_Comparison(whole, _together([side]), is_training=True) for side in others]


def _together(sides: Sequence[SplitRecord]) -> _Side:
    """Splits as one; of a category that they number in different ways, the id of the first."""
    ids: dict[str, int | None] = {}
    for side in reversed(sides):
        ids |= _ids(side.category_ids, side.category_names)
    return _Side(" and ".join(side.path for side in sides), [side.contents for side in sides], ids)


def _ids(ids: Column, names: TextColumn) -> dict[str, int | None]:
    rows = reversed(range(len(names.values)))
    return {names.values[row]: int(ids.values[row]) if ids.ok[row] else None for row in rows if names.values[row]}


@rule(
    "COCO856",
    severity=Severity.ERROR,
    kinds=_KINDS,
    needs=("annotations.category_id", "categories.name"),
    requires=("splits",),
    earlier=EARLIER,
    accept=[
        dataset([_ROW], images=[_IMAGE]),
        # A category that no split annotates is listed, and that is all.
        dataset([_ROW], images=[_IMAGE], categories=[{}, {}]),
    ],
    reject=[
        (dataset([_ROW | {"category_id": 2}], images=[_IMAGE]), "/categories/1"),
        (dataset([_ROW | {"category_id": 2}, _ROW | {"id": 4, "bbox": [30, 20, 20, 16]}], images=[_IMAGE]), "/categories/1"),
    ],
)
def split_class_missing(context: RuleContext) -> Violations:
    """A class is annotated in another split and never in training.

    A model cannot learn it. Its AP is 0 or undefined and lowers the mean, and trainers that number the classes of the training split shift
    or crash on it. It comes from rare classes in random splits, and from splits of different sources. Move some of its images into training, or take
    the class out of evaluation.

    The training split is the one whose file is named train or training, or is in a folder of that name; `--train FILE` names it
    otherwise. Several training splits count as one. Up to 8 classes are a finding each, more are one. Classes are compared by name; one whose id means another class in training is COCO852. If it does not follow which split is for training, the rule is skipped.
    """
    splits, own = earlier_splits(context)
    comparisons = _comparisons(splits, own)
    missing: dict[str, list[tuple[str, int]]] = {}
    for one in comparisons:
        known = one.training.annotations
        if not known:
            msg = f"{one.training.name} has no annotations"
            raise RuleSkipped(msg)
        for name, count in one.other.annotations.items():
            if name not in known and not one.training.means_another(name, one.other.ids.get(name)):
                missing.setdefault(name, []).append((one.other.name, count))
    training, trains = comparisons[0].training, comparisons[0].is_training
    rows: dict[str, int] = {}
    for row, name in enumerate(own.coco.categories.name.values):
        rows.setdefault(name, row)

    def violation(k: int) -> Violation:
        name = names[k]
        where = " and ".join(f"{_times(count)} in {path}" for path, count in missing[name])
        here = f"is annotated {where}" if trains else f"is annotated {_times(missing[name][0][1])} here"
        message = f"{here} and never in {training.name}: a model cannot learn it"
        row = rows.get(name)
        if row is None:
            return Violation(f"the class {quote(name)} {message}", ("categories",), about=name)
        return Violation(
            message, (), "categories", row, from_row=True, about=", ".join(path for path, _ in missing[name]) if trains else ""
        )

    names = sorted(missing, key=lambda name: (rows.get(name, -1), name))
    if len(names) <= _LISTED:
        return with_unread(Violations(len(names), violation), splits)
    few = ", ".join(quote(name, 40) for name in names[:3])
    total = sum(count for name in names for _, count in missing[name])
    message = (
        f"{len(names):,} classes, such as {few}, are annotated {'in other splits' if trains else 'here'} ({total:,} annotations) and never in "
        f"{training.name}: a model cannot learn them"
    )
    whole = Violation(message, ("categories",), scope=ViolationScope.FILE, about="many classes")
    return with_unread(Violations.of_document([whole]), splits)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


@rule(
    "COCO857",
    severity=Severity.NOTE,
    kinds=_KINDS,
    needs=("annotations.image_id", "annotations.category_id", "categories.name"),
    requires=("splits",),
    earlier=EARLIER,
    accept=[
        of_images(40),
        # The same shift on few images may be chance.
        of_images(6, annotated=2),
    ],
    reject=[
        (of_images(40, annotated=4), "/annotations"),
        (of_images(40, {"bbox": [4, 5, 50, 40], "area": 2000}), "/annotations"),
    ],
)
def split_distribution_shift(context: RuleContext) -> Violations:
    """The frequencies of classes, or the sizes of boxes, differ between training and another split.

    The score then says how well a model does on other data than it was trained for. That may be intended, as with a test set from another city. If it
    is not, the splits were not drawn at random: by date, by source or by class. There is one finding for the classes and one for the
    sizes.

    A class is compared by the share of images that have it, and images without annotations like a class. Shares differ if Cohen's h (the difference
    of 2 arcsin sqrt(share)) reaches the threshold `class-shift`. Sizes are the median size of the boxes on each image, as the root of the share
    of the image that a box covers; they differ if their Kolmogorov-Smirnov distance reaches `size-shift`, and by 20% or more on average over the percentiles. Both must also
    be more than chance explains: a random split of one dataset would show it in fewer than one of 100,000 draws. Classes that training lacks are COCO856.
    """
    splits, own = earlier_splits(context)
    found: list[Violation] = []
    for one in _comparisons(splits, own):
        here, there = (one.training, one.other) if one.is_training else (one.other, one.training)
        found += _of_classes(here, there, one.training, context.thresholds.class_shift)
        found += _of_sizes(here, there, context.thresholds.size_shift)
    return with_unread(Violations.of_document(found), splits)


def _of_classes(here: _Side, there: _Side, training: _Side, least: float) -> Iterator[Violation]:
    own, other, taught = here.image_counts, there.image_counts, training.annotations
    names = [name for name in sorted({*own, *other}) if (name == _EMPTY or (name in taught and name in here.ids and name in there.ids))]
    shares = np.array([[own.get(name, 0), other.get(name, 0)] for name in names], np.int64).reshape(-1, 2)
    effect, chance = class_shift(shares, (here.images, there.images))
    shifted = np.flatnonzero((np.abs(effect) >= least) & (chance <= CHANCE))
    if not len(shifted):
        return
    shifted = shifted[np.argsort(-np.abs(effect[shifted]), kind="stable")]
    said = "; ".join(
        f"{'images without annotations' if names[k] == _EMPTY else f'{quote(names[k], 60)} on'} {_share(shares[k, 0], here.images)} here, "
        f"{_share(shares[k, 1], there.images)} there (h {abs(effect[k]):.2f})"
        for k in shifted[:3].tolist()
    )
    more = "" if len(shifted) <= 3 else f"; and {len(shifted) - 3:,} more"
    about = ", ".join(sorted(names[k] or "no annotations" for k in shifted.tolist())) if len(shifted) <= _LISTED else "many classes"
    yield Violation(
        f"the shares of images with a class differ from {there.name}: {said}{more}; chance does not explain it",
        ("annotations",),
        scope=ViolationScope.FILE,
        about=f"{about} beside {there.name}",
    )


def _share(count: int, images: int) -> str:
    return f"{count / images:.1%}"


def _of_sizes(here: _Side, there: _Side, least: float) -> Iterator[Violation]:
    own, other = here.sizes, there.sizes
    distance, chance = size_shift(own, other)
    if distance >= least and chance <= CHANCE and size_factor(own, other) >= _FACTOR:
        yield Violation(
            f"the sizes of boxes differ from {there.name}: half of the images have a median box of at most {_size(own)} of the image's side "
            f"here, {_size(other)} there (Kolmogorov-Smirnov distance {distance:.2f}); chance does not explain it",
            ("annotations",),
            scope=ViolationScope.FILE,
            about=f"sizes beside {there.name}",
        )


def _size(sizes: NDArray[np.float64]) -> str:
    return f"{float(np.median(sizes)):.1%}"


def class_shift(counts: NDArray[np.int64], images: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far the shares of images with a class differ, and a bound on how likely that is in random splits.

    The bound is Chernoff's for the share of the smaller split, given the share in both together; W. Hoeffding showed it to hold for draws without
    replacement ("Probability inequalities for sums of bounded random variables", JASA 1963, section 6). It is multiplied by the number of classes, and needs
    no assumption on how many objects an image has.

    Args:
        counts: How many images have each class in each split, int64, shape (classes, 2).
        images: How many images the splits have.

    Returns:
        Cohen's h and the bound of each class, float64, shape (classes,).
    """
    if not min(images) or not len(counts):
        return np.zeros(len(counts)), np.ones(len(counts))
    share = counts / np.array(images)
    effect = np.diff(2 * np.arcsin(np.sqrt(share.clip(0, 1))), axis=1)[:, 0]
    together = counts.sum(axis=1) / sum(images)
    bound = np.minimum(*(np.exp(-number * _divergence(share[:, k], together)) for k, number in enumerate(images)))
    return effect, np.minimum(2 * len(counts) * bound, 1.0)


def _divergence(share: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """The Kullback-Leibler divergence of two shares."""
    with np.errstate(all="ignore"):
        has = np.where(share > 0, share * np.log(share / expected), 0.0)
        lacks = np.where(share < 1, (1 - share) * np.log((1 - share) / (1 - expected)), 0.0)
    return has + lacks


def size_shift(one: NDArray[np.float64], other: NDArray[np.float64]) -> tuple[float, float]:
    """The Kolmogorov-Smirnov distance of two ascending samples, and a bound on how likely it is in random splits.

    The bound is 2 exp(-2 d^2 mn / (m + n)), that of Dvoretzky, Kiefer and Wolfowitz for two samples (F. Wei and R. M. Dudley, "Two-sample
    Dvoretzky-Kiefer-Wolfowitz inequalities", Statistics & Probability Letters 82, 2012), with their factor e for small ones.
    """
    if not len(one) or not len(other):
        return 0.0, 1.0
    every = np.concatenate([one, other])
    below = np.searchsorted(one, every, "right") / len(one) - np.searchsorted(other, every, "right") / len(other)
    distance = float(np.abs(below).max())
    weight = len(one) * len(other) / (len(one) + len(other))
    return distance, min(float(np.e * np.exp(-2 * distance**2 * weight)), 1.0)


def size_factor(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """By what factor the sizes of two ascending samples differ, as the geometric mean over their percentiles; at least 1."""
    shares = np.linspace(0.01, 0.99, 99)
    with np.errstate(all="ignore"):
        logs = [np.log(np.quantile(sizes, shares)) for sizes in (one, other)]
        return float(np.exp(np.abs(logs[0] - logs[1]).mean()))


RULES = (split_class_missing, split_distribution_shift)
