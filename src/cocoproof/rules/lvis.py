"""Rules about what LVIS adds to COCO: the lists of categories of each image, and the statistics of each category."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.tables import lookup
from cocoproof.model.findings import Kind, Severity
from cocoproof.model.wording import count_of
from cocoproof.rules.examples import GONE, lvis
from cocoproof.rules.row_names import numbers_of, row_with_id
from cocoproof.rules.rule import RuleContext, RuleSkipped, Violation, Violations, ViolationScope, quote, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Column, LvisLists, LvisStatistics
    from cocoproof.geometry.ragged import Ragged
    from cocoproof.model.json_types import JsonPath

__all__ = ["RULES"]

_LVIS = frozenset({Kind.LVIS})

_GROUPS = ("r", "c", "f")

_RARE, _COMMON = 10, 100
"""The most training images of a rare and of a common category."""

_AGREEMENT = 0.9
"""Share of the categories whose statistics must be those of the file before the others are called wrong."""

_MIN_CATEGORIES = 10
"""The fewest categories whose frequencies are compared with their counts."""

_MOST_LISTED = 10
"""Wrong counts, and unknown ids, that are reported one by one in any case."""


def _lists(context: RuleContext) -> LvisLists:
    lists = context.coco.images.lvis
    if lists is None:
        raise RuleSkipped("the file was not read as LVIS")
    return lists


def _statistics(context: RuleContext) -> LvisStatistics:
    statistics = context.coco.categories.lvis
    if statistics is None:
        raise RuleSkipped("the file was not read as LVIS")
    return statistics


@rule(
    "COCO931",
    severity=Severity.ERROR,
    kinds=_LVIS,
    accept=[lvis(), lvis(images=[{"neg_category_ids": []}], categories=[{"frequency": "f"}, {"frequency": "c"}])],
    reject=[
        (lvis(images=[{}, {"neg_category_ids": GONE}]), "/images/1"),
        (lvis(images=[{"not_exhaustive_category_ids": GONE}]), "/images/0"),
        (lvis(categories=[{}, {"frequency": GONE}]), "/categories/1"),
        (lvis(categories=[{"frequency": "q"}, {}]), "/categories/0/frequency"),
    ],
)
def lvis_field_missing(context: RuleContext) -> Iterator[Violations]:
    """An LVIS image has no neg_category_ids or not_exhaustive_category_ids, or a category no frequency (r, c or f).

    `LVISEval` reads the three fields of every row: it raises KeyError where one is absent, and ValueError for a frequency other than "r"
    (rare), "c" (common) and "f" (frequent). An image on which no category is known to be absent has the empty list. A field
    that no row has is reported once for the file. Values of another type are COCO103.
    """
    lists, frequency = _lists(context), _statistics(context).frequency
    for field, column in (("neg_category_ids", lists.negative), ("not_exhaustive_category_ids", lists.not_exhaustive)):
        yield _absent("images", field, ~column.present)
    yield _absent("categories", "frequency", ~frequency.present)
    odd = np.fromiter((text not in _GROUPS for text in frequency.values), bool, len(frequency.values)) & frequency.ok
    yield Violations.of_rows(
        "categories", odd, lambda row: f'frequency is {quote(frequency.values[row], 40)}; it must be "r", "c" or "f"', field="frequency"
    )


def _absent(table: str, field: str, absent: NDArray[np.bool_]) -> Violations:
    """Rows without a field; one violation where it is every row of several."""
    count = len(absent)
    if count > 1 and absent.all():
        return Violations.of_rows(
            table,
            np.array([0]),
            lambda _: f"there is no {field}, here and in the other {count - 1:,} of {count:,} {table}: LVISEval raises KeyError",
            scope=ViolationScope.FILE,
            about=lambda _: field,
        )
    return Violations.of_rows(table, absent, lambda _: f"there is no {field}: LVISEval raises KeyError", about=lambda _: field)


@rule(
    "COCO932",
    severity=Severity.WARNING,
    kinds=_LVIS,
    needs=("annotations.image_id", "annotations.category_id", "categories.id"),
    accept=[
        lvis(),
        lvis([{}, {}, {"image_id": 2}], images=[{}, {}]),
        lvis(categories=[{"image_count": GONE, "instance_count": GONE}, {"image_count": None}]),
    ],
    reject=[
        (lvis(categories=[{"image_count": 5}, {}]), "/categories/0/image_count"),
        (lvis([{}, {}], categories=[{"instance_count": 1}, {}]), "/categories/0/instance_count"),
        (lvis(categories=[{}, {"image_count": 1}]), "/categories/1/image_count"),
    ],
)
def lvis_count_mismatch(context: RuleContext) -> Iterator[Violations]:
    """image_count, instance_count or frequency of an LVIS category is not what the annotations show.

    Samplers that repeat images of rare categories, and losses that weigh them, read the counts; the evaluation averages over the frequency
    groups. Count again after a change: `instance_count` is the number of annotations, `image_count` the number of images with one.
    COCO302 and COCO301 report annotations that refer to nothing; they are counted here as well.

    A part of a dataset keeps the counts of the whole set, as subsets of the official files do, and these are not wrong. The counts look so, and
    are not checked, if over a tenth of them differ and most of those that differ are larger than the annotations show, instances by at least as many as
    images. `frequency` is that of the training set: up to 10 images are "r", up to 100 "c", more "f" (LVIS' paper and its code differ by one at both
    limits, and both are accepted). It is compared with `image_count`, and only if nine tenths of ten or more categories agree, so not in a validation
    set with its own counts.
    """
    images, instances = _counts(context)
    off = images.off | instances.off
    compared = int((images.compared | instances.compared).sum())
    part = _counts_of_a_larger_set(images, instances)
    if part is not None:
        yield Violations(0, lambda _: Violation(""), unchecked=f"the counts were not checked: {part}")
    elif off.sum() > max(_MOST_LISTED, compared // 2):
        yield _most_counts(images, instances, compared)
    else:
        say = partial(_say_counts, images, instances)
        about = partial(_say_counts, images, instances, of_the_file=True)
        yield Violations.of_rows("categories", images.off, say, field="image_count", about=about)
        yield Violations.of_rows("categories", instances.off & ~images.off, say, field="instance_count", about=about)
    yield _frequencies(context, off)


@dataclass(frozen=True, eq=False)
class _Counts:
    """One of the counts of the categories.

    Attributes:
        field: Its name in the file.
        noun: What it counts.
        stated: The column.
        counted: The true counts, int64, shape (n,).
        sure: The categories that can be counted, bool, shape (n,).
    """

    field: str
    noun: str
    stated: Column
    counted: NDArray[np.int64]
    sure: NDArray[np.bool_]

    @cached_property
    def compared(self) -> NDArray[np.bool_]:
        """Categories with a stated count, other than 0 of nothing, shape (n,)."""
        return self.stated.ok & self.sure & (np.not_equal(self.stated.values, 0) | np.not_equal(self.counted, 0))

    @cached_property
    def off(self) -> NDArray[np.bool_]:
        """Categories with a wrong count, shape (n,)."""
        return self.compared & np.not_equal(self.stated.values, self.counted)

    @cached_property
    def surplus(self) -> NDArray[np.int64]:
        """How much larger the stated count is, shape (n,)."""
        return np.where(self.compared, self.stated.values - self.counted, 0)


def _counts(context: RuleContext) -> tuple[_Counts, _Counts]:
    """Images and instances of each category, stated and counted.

    Raises:
        RuleSkipped: If some annotations cannot be counted.
    """
    annotations, categories, statistics = context.coco.annotations, context.coco.categories, _statistics(context)
    unreadable = int((~annotations.category_id.ok | ~annotations.image_id.ok).sum())
    if unreadable:
        raise RuleSkipped(f"{unreadable} of {annotations.n} annotations have no usable image_id and category_id")
    at = annotations.category_row
    instances = np.bincount(at[at >= 0], minlength=categories.n)
    # By id, not by row: an annotation of an unknown image is on an image, too.
    _, image = np.unique(annotations.image_id.values, return_inverse=True)
    pairs = np.unique(np.where(at >= 0, at * (len(image) + 1) + image.ravel(), -1))
    images = np.bincount(pairs[pairs >= 0] // (len(image) + 1), minlength=categories.n)
    sure = categories.id.ok & np.equal(lookup(categories, categories.id), np.arange(categories.n))
    repeated = np.isin(categories.id.values, categories.id.values[categories.id.ok & ~sure])
    sure &= ~repeated
    return (
        _Counts("image_count", "image", statistics.image_count, images, sure),
        _Counts("instance_count", "annotation", statistics.instance_count, instances, sure),
    )


def _counts_of_a_larger_set(images: _Counts, instances: _Counts) -> str | None:
    """Why the counts are taken for those of a set of which this file is a part; None if they are not."""
    off, compared = images.off | instances.off, int((images.compared | instances.compared).sum())
    # Every image that was left out takes at least one annotation of the category with it.
    left_out = off & (images.surplus >= 0) & (instances.surplus >= 0)
    left_out &= ~(images.stated.ok & instances.stated.ok) | (instances.surplus >= images.surplus)
    if off.sum() <= (1 - _AGREEMENT) * compared or 2 * left_out.sum() <= off.sum():
        return None
    return f"those of {int(off.sum()):,} of {compared:,} categories are mostly larger than the file's, as in a part of a dataset that keeps the counts of all of it"


def _say_counts(images: _Counts, instances: _Counts, row: int, *, of_the_file: bool = False) -> str:
    """The wrong counts of a category; of the file: only the true ones, which make the same value another defect."""
    wrong = [count for count in (images, instances) if count.off[row]]
    if of_the_file:
        return ", ".join(f"{count.field} {count.stated.values[row]} for {count.counted[row]}" for count in wrong)
    return "; ".join(
        f"{count.field} is {int(count.stated.values[row]):,}, but there {'is' if count.counted[row] == 1 else 'are'} {count_of(int(count.counted[row]), count.noun)} of the category"
        for count in wrong
    )


def _most_counts(images: _Counts, instances: _Counts, compared: int) -> Violations:
    """One violation for the file, where most counts are wrong."""
    off = images.off | instances.off
    first = int(np.flatnonzero(off)[0])
    count = f"the counts of {int(off.sum()):,} of {compared:,} categories are not those of the file"
    message = f"{count}; of this one: {_say_counts(images, instances, first)}"
    return Violations.of_rows("categories", np.array([first]), lambda _: message, scope=ViolationScope.FILE)


def _frequencies(context: RuleContext, off: NDArray[np.bool_]) -> Violations:
    """Frequencies that contradict `image_count`, in a file where hardly any does."""
    statistics = _statistics(context)
    frequency, count = np.array(statistics.frequency.values, object), statistics.image_count.values
    compared = statistics.image_count.ok & np.isin(frequency, _GROUPS) & ~off
    fits = ((frequency == "r") & (count <= _RARE)) | ((frequency == "c") & (count >= _RARE) & (count <= _COMMON))
    fits |= (frequency == "f") & (count >= _COMMON)
    wrong = compared & ~fits
    total = int(compared.sum())
    if total < _MIN_CATEGORIES or wrong.sum() > (1 - _AGREEMENT) * total:
        nothing = Violations.of_document([])
        return nothing.with_remark("frequencies were not checked: they may be those of another set") if total else nothing

    def say(row: int) -> str:
        group = "r" if count[row] < _RARE else "c" if count[row] < _COMMON else "f"
        return f'frequency is "{frequency[row]}", but image_count is {int(count[row]):,}, which is "{group}" by the limits of {_RARE} and {_COMMON} images'

    return Violations.of_rows("categories", wrong, say, field="frequency", about=lambda row: f"{int(count[row])} images")


@rule(
    "COCO933",
    severity=Severity.ERROR,
    kinds=_LVIS,
    needs=("annotations.image", "annotations.category_id", "images.category_lists"),
    accept=[lvis(), lvis([{}, {"category_id": 2, "image_id": 2}], images=[{}, {"neg_category_ids": [1]}])],
    reject=[
        (lvis([{}, {"category_id": 2}]), "/annotations/1/category_id"),
        (
            lvis([{"category_id": 2}, {"category_id": 2}], images=[{"neg_category_ids": [9, 2]}], categories=[{}, {}]),
            "/annotations/0/category_id",
        ),
    ],
)
def lvis_negative_annotated(context: RuleContext) -> Violations:
    """An annotation is of a category that its image lists as negative.

    `neg_category_ids` are the categories that were looked for on the image and are not there. An annotation of one contradicts the list. `LVISEval`
    takes the category as annotated; trainers that sample negative categories from the list learn both. Remove the id from the list, or the
    annotation. Reported once for each image and category.
    """
    annotations, images, negative = context.coco.annotations, context.coco.images, _lists(context).negative.rows
    usable = np.flatnonzero((annotations.image_row >= 0) & annotations.category_id.ok)
    _, code = np.unique(np.concatenate([annotations.category_id.values[usable], negative.values]), return_inverse=True)
    code = code.ravel()
    factor = int(code.max(initial=0)) + 1
    own = annotations.image_row[usable] * factor + code[: len(usable)]
    listed = negative.owners() * factor + code[len(usable) :]
    bad = np.isin(own, listed)
    _, first, count = np.unique(own[bad], return_index=True, return_counts=True)
    rows = usable[bad][first]
    order = np.argsort(rows)
    rows, count = rows[order], count[order]

    def say(k: int) -> str:
        row = int(rows[k])
        category, image = int(annotations.category_id.values[row]), row_with_id("images", images, int(annotations.image_row[row]))
        more = f"; as of {count_of(int(count[k]) - 1, 'more annotation')} on the image" if count[k] > 1 else ""
        return f"category_id is {category}, which neg_category_ids of {image} lists as absent from it{more}".replace(
            "so do 1 more annotations", "so does 1 more annotation"
        )

    def about(k: int) -> str:
        at = int(annotations.category_row[rows[k]])
        return "" if at < 0 else context.coco.categories.name.values[at]

    return Violations.of_rows("annotations", rows, say, inside=lambda _: ("category_id",), scope=ViolationScope.IMAGE, about=about)


@rule(
    "COCO934",
    severity=Severity.ERROR,
    kinds=_LVIS,
    needs=("categories.id", "images.category_lists"),
    accept=[lvis(), lvis(images=[{"neg_category_ids": [], "not_exhaustive_category_ids": [1]}])],
    reject=[
        (lvis(images=[{}, {"neg_category_ids": [2, 9]}]), "/images/1/neg_category_ids/1"),
        (lvis(images=[{"not_exhaustive_category_ids": [7]}]), "/images/0/not_exhaustive_category_ids/0"),
    ],
)
def lvis_unknown_category(context: RuleContext) -> Iterator[Violations]:
    """An LVIS image lists a negative or not exhaustive category that the file does not have.

    Readers that turn the ids into class indices raise KeyError. `LVISEval` compares the ids with those of results, so that what the id was to say is
    lost in silence. It comes from categories that were removed or renumbered without the lists. Remove the ids, or restore the
    categories. Reported once for each id and list, at its first image; more than ten ids, as after a choice of categories, are reported together.
    """
    categories, lists = context.coco.categories, _lists(context)
    if not categories.id.ok.all():
        raise RuleSkipped("some categories have no usable id")
    for field, column in (("neg_category_ids", lists.negative), ("not_exhaustive_category_ids", lists.not_exhaustive)):
        yield _unknown(field, column.rows, categories.id.values)


def _unknown(field: str, lists: Ragged, known: NDArray[np.int64] | NDArray[np.float64]) -> Violations:
    owner = lists.owners()
    bad = np.flatnonzero(~np.isin(lists.values, known))
    ids, first, group = np.unique(lists.values[bad], return_index=True, return_inverse=True)
    pairs = np.unique(np.stack([group.ravel(), owner[bad]]), axis=1)
    images = np.bincount(pairs[0], minlength=len(ids))
    at = bad[first]
    order = np.argsort(at)
    rows = owner[at][order]
    together = len(ids) > _MOST_LISTED
    own = f"(ids: {numbers_of(known.astype(np.int64))})"

    def say(k: int) -> str:
        if together:
            concerned = count_of(len(np.unique(owner[bad])), "image")
            return f"{field} lists {len(ids):,} ids that are not those of categories {own}, on {concerned}: {numbers_of(ids)}"
        count = int(images[order[k]])
        more = f"; {count:,} images list it" if count > 1 else ""
        return f"{field} lists {int(ids[order[k]])}, which is not the id of a category {own}{more}"

    def inside(k: int) -> JsonPath:
        place = int(at[order[k]])
        return field, place - int(lists.offsets[owner[place]])

    def about(k: int) -> str:
        return f"{field} {numbers_of(ids) if together else int(ids[order[k]])}"

    rows = rows[:1] if together else rows
    return Violations.of_rows("images", rows, say, inside=inside, scope=ViolationScope.FILE, about=about)


RULES = (lvis_field_missing, lvis_count_mismatch, lvis_negative_annotated, lvis_unknown_category)
