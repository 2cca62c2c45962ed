"""Which image, category and annotation of one file is which of the other: by content, never by id alone."""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cocoproof.columns.row_digests import digest_columns
from cocoproof.diff.input import content_digests, geometry_digests
from cocoproof.diff.object_matching import ObjectMatcher, Pairs
from cocoproof.diff.raw_rows import NAME_MARK, decode, extra_text
from cocoproof.geometry.assignment import pair_by_key
from cocoproof.model.findings import Kind
from cocoproof.model.json_types import json_text

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from numpy.typing import NDArray

    from cocoproof.diff.input import DiffInput
    from cocoproof.diff.raw_rows import RawRow

__all__ = ["Matched", "match"]

_IMAGE_COLUMNS = frozenset({"id", "file_name", "width", "height"})
_CATEGORY_COLUMNS = frozenset({"id", "name"})


class Matched(NamedTuple):
    """Which row is which.

    Attributes:
        images: int64, shape (images of the first,): the row in the second, -1 for none.
        categories: The same of categories.
        annotations: Annotations that are one object in both files.
        removed: Rows of annotations of the first file alone.
        added: Rows of annotations of the second file alone.
        segment_names: For each file names of categories by the JSON text of their ids, for panoptic segments; of matched
            categories both have the same name.
    """

    images: NDArray[np.int64]
    categories: NDArray[np.int64]
    annotations: Pairs
    removed: NDArray[np.int64]
    added: NDArray[np.int64]
    segment_names: tuple[Mapping[str, str], Mapping[str, str]]


def match(a: DiffInput, b: DiffInput) -> Matched:
    """Match two files.

    Annotations are matched on matched images: those of equal content first, then those of equal geometry, then by IoU
    (`cocoproof.geometry.assignment.assign_in_stages`). Where an image has more than 2^22 pairs of annotations left, near ones
    are compared in blocks: one that moved may then be found as removed and added.
    """
    geometry = geometry_digests(a), geometry_digests(b)
    images = _match_images(a, b, *geometry)
    image_labels = _labels(images, a.image_row, b.image_row, len(b.image_names))
    by_image = _mixed(geometry[0], image_labels[0]), _mixed(geometry[1], image_labels[1])
    unmixed = _of_one_category(by_image[0], a.category_row), _of_one_category(by_image[1], b.category_row)
    equal = _equal(*by_image)
    votes = unmixed[0][equal.before] & unmixed[1][equal.after]
    categories = _match_categories(a, b, Pairs(equal.before[votes], equal.after[votes]))
    category_labels = _labels(categories, a.category_row, b.category_row, len(b.category_names))
    free = np.ones(a.n, np.bool_), np.ones(b.n, np.bool_)
    names = _segment_names(a, b, categories)
    content = (
        content_digests(a, [image_labels[0], category_labels[0]], names[0]),
        content_digests(b, [image_labels[1], category_labels[1]], names[1]),
    )
    found = [_take(_equal(*content), free)]
    solid = tuple(~np.isnan(side.boxes).all(axis=1) | side.coco.annotations.segmentation.is_mask for side in (a, b))
    by_class = _mixed(by_image[0], category_labels[0]), _mixed(by_image[1], category_labels[1])
    for digests in (by_class, by_image):
        rows = np.flatnonzero(free[0] & solid[0]), np.flatnonzero(free[1] & solid[1])
        same = _equal(digests[0][rows[0]], digests[1][rows[1]])
        found.append(_take(Pairs(rows[0][same.before], rows[1][same.after]), free))
    found += [_take(pairs, free) for pairs in ObjectMatcher(a, b, image_labels, category_labels).pairs(free)]
    before, after = (np.concatenate([pairs[side] for pairs in found]) for side in (0, 1))
    order = np.argsort(before)
    return Matched(
        images,
        categories,
        Pairs(before[order], after[order]),
        np.flatnonzero(free[0]),
        np.flatnonzero(free[1]),
        names,
    )


def _mixed(digests: NDArray[np.uint64], *labels: NDArray[np.int64]) -> NDArray[np.uint64]:
    return digest_columns([digests, *labels])


def _take(pairs: Pairs, free: tuple[NDArray[np.bool_], NDArray[np.bool_]]) -> Pairs:
    free[0][pairs.before] = False
    free[1][pairs.after] = False
    return pairs


def _equal(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> Pairs:
    """Rows with equal digests; of several the first with the first, the second with the second."""
    one, other = (digest_columns([side, _place_among_equals(side)]) for side in (a, b))
    _, before, after = np.intersect1d(one, other, assume_unique=True, return_indices=True)
    back = np.argsort(before)
    return Pairs(before[back], after[back])


def _of_one_category(keys: NDArray[np.uint64], category_row: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Rows whose equals are all of their category: boxes that two categories share do not show which category is which."""
    order = np.lexsort((category_row, keys))
    keys_in_order, in_order = keys[order], category_row[order]
    begins, ends = (np.searchsorted(keys_in_order, keys, side=side) for side in ("left", "right"))
    return np.asarray(in_order[begins] == in_order[ends - 1])


def _place_among_equals(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """How many before each are equal to it."""
    order = np.argsort(keys, kind="stable")
    in_order = keys[order]
    out = np.empty(len(keys), np.int64)
    out[order] = np.arange(len(keys)) - np.searchsorted(in_order, in_order)
    return out


def _labels(
    partner: NDArray[np.int64], rows_a: NDArray[np.int64], rows_b: NDArray[np.int64], count_b: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """One label for what is matched, on both sides; labels of their own for the rest; -1 where there is nothing."""
    # A row of the second is its own label; one of the first has its partner's, or one beyond all of them.
    own = np.where(partner >= 0, partner, count_b + np.arange(len(partner)))
    return np.append(own, -1)[rows_a], np.append(np.arange(count_b), -1)[rows_b]


def _match_images(a: DiffInput, b: DiffInput, geometry_a: NDArray[np.uint64], geometry_b: NDArray[np.uint64]) -> NDArray[np.int64]:
    """By name, several of one name by what is on them; then by size and what is on them; then by base name and size."""
    partner = np.full(len(a.image_names), -1, np.int64)
    names = tuple([name or None for name in side.image_names] for side in (a, b))
    texts = _image_texts(a), _image_texts(b)
    if any(len(set(side.image_names)) < len(side.image_names) for side in (a, b)):
        scenes = _scenes(a, geometry_a), _scenes(b, geometry_b)
        exact = _both(scenes[0], texts[0]), _both(scenes[1], texts[1])
        # Of several with one name those that agree in all else, then those with the same objects on them.
        for keys in (exact, scenes):
            pair_by_key(partner, _both(names[0], keys[0]), _both(names[1], keys[1]))
    pair_by_key(partner, names[0], names[1])
    if (partner < 0).any():
        scenes = _scenes(a, geometry_a), _scenes(b, geometry_b)
        pair_by_key(partner, scenes[0], scenes[1])
        pair_by_key(partner, _bases(a), _bases(b))
        # What has no name has its other fields, or nothing but its id.
        pair_by_key(partner, _of_nameless(a.image_names, _contents(a.images)), _of_nameless(b.image_names, _contents(b.images)))
        pair_by_key(partner, _of_nameless(a.image_names, texts[0]), _of_nameless(b.image_names, texts[1]))
        pair_by_key(partner, _of_nameless(a.image_names, a.image_ids), _of_nameless(b.image_names, b.image_ids))
    return partner


def _both(keys: Sequence[Hashable], more: Sequence[Hashable]) -> list[Hashable]:
    """Both keys of each row as one; None where the first is."""
    return [None if key is None else (key, other) for key, other in zip(keys, more, strict=True)]


def _of_nameless(names: Sequence[str], keys: Sequence[Hashable]) -> list[Hashable]:
    """The keys of rows without a name; None for the others."""
    return [None if name else key for name, key in zip(names, keys, strict=True)]


def _contents(rows: Sequence[RawRow]) -> list[Hashable]:
    """All fields of each row but its id; None where there are none."""
    return [extra_text(row, frozenset({"id"})) if row.keys() - {"id"} else None for row in rows]


def _image_texts(side: DiffInput) -> list[Hashable]:
    """The fields of each image without a column; None where there are none."""
    return [extra_text(row, _IMAGE_COLUMNS) if row.keys() - _IMAGE_COLUMNS else None for row in side.images]


def _scenes(side: DiffInput, geometry: NDArray[np.uint64]) -> list[Hashable]:
    """Size, count and boxes of each image; None for one without annotations, which is like any other."""
    n = len(side.image_names)
    on_one = side.image_row >= 0
    total = np.zeros(n, np.uint64)
    np.add.at(total, side.image_row[on_one], geometry[on_one])
    count = np.bincount(side.image_row[on_one], minlength=n)
    sizes = np.nan_to_num(side.image_sizes, nan=-1.0)
    return [(*sizes[k].tolist(), int(count[k]), int(total[k])) if count[k] else None for k in range(n)]


def _bases(side: DiffInput) -> list[Hashable]:
    """Base name and size of each image."""
    sizes = np.nan_to_num(side.image_sizes, nan=-1.0).tolist()
    names = [posixpath.basename(name.replace("\\", "/")) for name in side.image_names]
    return [(name, *size) if name else None for name, size in zip(names, sizes, strict=True)]


def _match_categories(a: DiffInput, b: DiffInput, boxes: Pairs) -> NDArray[np.int64]:
    """By name, unless the annotations show that a name went to another id; then by id."""
    votes: defaultdict[tuple[int, int], int] = defaultdict(int)
    owners = np.stack([a.category_row[boxes.before], b.category_row[boxes.after]])
    found, counts = np.unique(owners, axis=1, return_counts=True)
    for one, other, count in zip(*found.tolist(), counts.tolist(), strict=True):
        votes[one, other] = count
    by_name = np.full(len(a.category_names), -1, np.int64)
    names = tuple([name or None for name in side.category_names] for side in (a, b))
    # Of several with one name those that also agree otherwise.
    for keys in ((_category_texts(a), _category_texts(b)), (a.category_ids, b.category_ids)):
        pair_by_key(by_name, _both(names[0], keys[0]), _both(names[1], keys[1]))
    pair_by_key(by_name, names[0], names[1])
    by_id = np.full(len(a.category_names), -1, np.int64)
    pair_by_key(by_id, a.category_ids, b.category_ids)
    partner = by_name.copy()
    for k, other in _circles(by_name, _favourites(votes, by_name, by_id)).items():
        partner[k] = other
    # A new name under the old id is a renaming, unless the annotations show otherwise.
    taken = set(partner[partner >= 0].tolist())
    used_a, used_b = (set(np.unique(side.category_row).tolist()) for side in (a, b))
    for k in np.flatnonzero(partner < 0).tolist():
        votes_of_k = {other: count for (one, other), count in votes.items() if one == k and other >= 0 and other not in taken}
        best = max(votes_of_k, key=lambda other: (votes_of_k[other], -other), default=None)
        if best is None and by_id[k] >= 0 and int(by_id[k]) not in taken and not (k in used_a or int(by_id[k]) in used_b):
            best = int(by_id[k])
        if best is not None:
            partner[k] = best
            taken.add(best)
    # What has no name, no annotations and another id has its other fields.
    pair_by_key(partner, *(_of_nameless(side.category_names, _contents(side.categories)) for side in (a, b)))
    return partner


def _category_texts(side: DiffInput) -> list[str]:
    return [extra_text(row, _CATEGORY_COLUMNS) for row in side.categories]


def _favourites(votes: Mapping[tuple[int, int], int], by_name: NDArray[np.int64], by_id: NDArray[np.int64]) -> dict[int, int]:
    """Categories that have a namesake, and by the annotations are another one: which."""
    best: dict[int, tuple[int, int]] = {}
    for (one, other), count in sorted(votes.items()):
        if one >= 0 and other >= 0 and count > best.get(one, (0, -1))[0]:
            best[one] = count, other
    # Where most of those that are surely the same have another id, ids were assigned anew, and show nothing of the rest.
    sure = [k for k, (_, other) in best.items() if by_name[k] == other]
    ids_count = 2 * sum(by_id[k] == by_name[k] for k in sure) >= len(sure)
    out = {}
    for k, namesake in enumerate(by_name.tolist()):
        count, other = best.get(k, (0, int(by_id[k]) if ids_count else -1))
        if namesake >= 0 and other not in (-1, namesake) and (not count or count > votes.get((k, namesake), 0)):
            out[k] = other
    # Without annotations that show it a name is what counts.
    return out if any(k in best for k in out) else {}


def _circles(by_name: NDArray[np.int64], favourites: dict[int, int]) -> dict[int, int]:
    """Those among the favourites that swap their names: each goes to a place that another of them leaves."""
    moved = dict(favourites)
    while moved:
        left = {int(by_name[k]) for k in moved}
        goals = list(moved.values())
        kept = {k: other for k, other in moved.items() if other in left and goals.count(other) == 1}
        if len(kept) == len(moved):
            break
        moved = kept
    return moved


def _segment_names(a: DiffInput, b: DiffInput, categories: NDArray[np.int64]) -> tuple[dict[str, str], dict[str, str]]:
    """Names of categories by the text of their ids, in panoptic files; a category of the second has its partner's name."""
    if a.coco.kind is not Kind.PANOPTIC or b.coco.kind is not Kind.PANOPTIC:
        return {}, {}
    names, own = _distinct(a), _distinct(b)
    partners = {other: names[k] for k, other in enumerate(categories.tolist()) if other >= 0}
    return _by_id(a, names), _by_id(b, [partners.get(k, own[k]) for k in range(len(own))])


def _distinct(side: DiffInput) -> list[str]:
    """The name of each category, with its id where the name is not enough."""
    often = Counter(side.category_names)
    return [
        name if name and often[name] == 1 else f"{name} (id {number})".lstrip()
        for name, number in zip(side.category_names, side.category_ids, strict=True)
    ]


def _by_id(side: DiffInput, names: list[str]) -> dict[str, str]:
    return {json_text(decode(row["id"])): NAME_MARK + name for row, name in zip(side.categories, names, strict=True) if "id" in row}
