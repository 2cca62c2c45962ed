"""Which image, category and annotation of one file is which of the other: by content, never by id alone."""

from __future__ import annotations

import json
import posixpath
from collections import defaultdict, deque
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cocoproof.columns.row_digests import digest_columns
from cocoproof.diff.input import content_digests, geometry_digests
from cocoproof.diff.segment_changes import with_named_segments
from cocoproof.geometry.assignment import assign, box_iou

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping

    from numpy.typing import NDArray

    from cocoproof.diff.input import DiffInput

__all__ = ["Matched", "Pairs", "match"]

_SURE = 0.5
"""IoU from which two boxes are one object though the category differs."""

_SAME_ID = 0.05
"""What an equal id counts beside IoU: it decides between boxes that fit about as well."""


class Pairs(NamedTuple):
    """Rows of the first file with rows of the second, by ascending row of the first; int64, shape (pairs,)."""

    before: NDArray[np.int64]
    after: NDArray[np.int64]


class Matched(NamedTuple):
    """What is what.

    Attributes:
        images: int64, shape (images of the first,): the row in the second, -1 for none.
        categories: Likewise.
        same: Annotations that say the very same.
        changed: Annotations that are the same object and say something else.
        removed: Rows of the first file alone.
        added: Rows of the second file alone.
        named: Both files, with the names of categories in their segments.
    """

    images: NDArray[np.int64]
    categories: NDArray[np.int64]
    same: Pairs
    changed: Pairs
    removed: NDArray[np.int64]
    added: NDArray[np.int64]
    named: tuple[DiffInput, DiffInput]


def match(a: DiffInput, b: DiffInput) -> Matched:
    """Match two files."""
    geometry = geometry_digests(a), geometry_digests(b)
    images = _match_images(a, b, *geometry)
    image_labels = _labels(images, a.image_row, b.image_row, len(b.image_names))
    by_image = _mixed(geometry[0], image_labels[0]), _mixed(geometry[1], image_labels[1])
    telling = _of_one_category(by_image[0], a.category_row), _of_one_category(by_image[1], b.category_row)
    equal = _equal(*by_image)
    votes = telling[0][equal.before] & telling[1][equal.after]
    categories = _match_categories(a, b, Pairs(equal.before[votes], equal.after[votes]))
    category_labels = _labels(categories, a.category_row, b.category_row, len(b.category_names))
    free = np.ones(a.n, np.bool_), np.ones(b.n, np.bool_)
    named = with_named_segments(a, b, categories)
    content = (
        content_digests(named[0], [image_labels[0], category_labels[0]]),
        content_digests(named[1], [image_labels[1], category_labels[1]]),
    )
    same = _take(_equal(*content), free)
    solid = tuple(~np.isnan(side.boxes).all(axis=1) | side.coco.annotations.segmentation.is_mask for side in (a, b))
    changed = []
    by_class = _mixed(by_image[0], category_labels[0]), _mixed(by_image[1], category_labels[1])
    for digests in (by_class, by_image):
        rows = np.flatnonzero(free[0] & solid[0]), np.flatnonzero(free[1] & solid[1])
        found = _equal(digests[0][rows[0]], digests[1][rows[1]])
        changed.append(_take(Pairs(rows[0][found.before], rows[1][found.after]), free))
    changed += [_take(pairs, free) for pairs in _overlapping(a, b, image_labels, category_labels, free)]
    both = Pairs(np.concatenate([pairs.before for pairs in changed]), np.concatenate([pairs.after for pairs in changed]))
    order = np.argsort(both.before)
    return Matched(
        images,
        categories,
        same,
        Pairs(both.before[order], both.after[order]),
        np.flatnonzero(free[0]),
        np.flatnonzero(free[1]),
        named,
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
    """Rows whose equals are all of their category: of boxes that two categories share, which is which cannot be told."""
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
    """One label for what is matched, on both sides; labels that nothing shares for the rest; -1 where there is nothing."""
    # A row of the second is its own label; one of the first has its partner's, or one beyond all of them.
    own = np.where(partner >= 0, partner, count_b + np.arange(len(partner)))
    return np.append(own, -1)[rows_a], np.append(np.arange(count_b), -1)[rows_b]


def _match_images(a: DiffInput, b: DiffInput, geometry_a: NDArray[np.uint64], geometry_b: NDArray[np.uint64]) -> NDArray[np.int64]:
    """By name, of several with one name by what is on them; then by size and what is on them; then by base name and size."""
    partner = np.full(len(a.image_names), -1, np.int64)
    count = len(b.image_names)
    if any(len(set(side.image_names)) < len(side.image_names) for side in (a, b)):
        scenes = _scenes(a, geometry_a), _scenes(b, geometry_b)
        named = [
            [(name, scene) if name else None for name, scene in zip(side.image_names, own, strict=True)]
            for side, own in zip((a, b), scenes, strict=True)
        ]
        _pair_by(partner, count, named[0].__getitem__, named[1].__getitem__)
    _pair_by(partner, count, lambda k: a.image_names[k] or None, lambda k: b.image_names[k] or None)
    if (partner < 0).any():
        scenes = _scenes(a, geometry_a), _scenes(b, geometry_b)
        _pair_by(partner, count, scenes[0].__getitem__, scenes[1].__getitem__)
        _pair_by(partner, count, lambda k: _base(a, k), lambda k: _base(b, k))
        # What has no name has its other fields, or nothing but its id.
        _pair_by(partner, count, *(lambda k, side=side: _nameless(side, k) for side in (a, b)))
        _pair_by(partner, count, *(lambda k, side=side: None if side.image_names[k] else side.image_ids[k] for side in (a, b)))
    return partner


def _scenes(side: DiffInput, geometry: NDArray[np.uint64]) -> list[Hashable]:
    """Size, count and boxes of each image; None for one without annotations, which is like any other."""
    n = len(side.image_names)
    on_one = side.image_row >= 0
    total = np.zeros(n, np.uint64)
    np.add.at(total, side.image_row[on_one], geometry[on_one])
    count = np.bincount(side.image_row[on_one], minlength=n)
    sizes = np.nan_to_num(side.image_sizes, nan=-1.0)
    return [(*sizes[k].tolist(), int(count[k]), int(total[k])) if count[k] else None for k in range(n)]


def _base(side: DiffInput, k: int) -> Hashable:
    name = posixpath.basename(side.image_names[k].replace("\\", "/"))
    return (name, *np.nan_to_num(side.image_sizes[k], nan=-1.0).tolist()) if name else None


def _nameless(side: DiffInput, k: int) -> Hashable:
    fields = side.image_rest[k]
    return json.dumps(fields, sort_keys=True) if fields and not side.image_names[k] else None


def _pair_by(partner: NDArray[np.int64], count_b: int, key_a: Callable[[int], Hashable], key_b: Callable[[int], Hashable]) -> None:
    """Add pairs of one key, of several the first with the first; a key of None matches nothing."""
    taken = set(partner[partner >= 0].tolist())
    waiting: defaultdict[Hashable, deque[int]] = defaultdict(deque)
    for k in range(count_b):
        if k not in taken and key_b(k) is not None:
            waiting[key_b(k)].append(k)
    for k in np.flatnonzero(partner < 0).tolist():
        key = key_a(k)
        if key is not None and waiting.get(key):
            partner[k] = waiting[key].popleft()


def _match_categories(a: DiffInput, b: DiffInput, boxes: Pairs) -> NDArray[np.int64]:
    """By name, unless the annotations say that a name went to another id; then by id."""
    votes: defaultdict[tuple[int, int], int] = defaultdict(int)
    owners = np.stack([a.category_row[boxes.before], b.category_row[boxes.after]])
    found, counts = np.unique(owners, axis=1, return_counts=True)
    for one, other, count in zip(*found.tolist(), counts.tolist(), strict=True):
        votes[one, other] = count
    by_name = np.full(len(a.category_names), -1, np.int64)
    # Of several with one name those that also agree otherwise.
    _pair_by(by_name, len(b.category_names), lambda k: _whole(a, k), lambda k: _whole(b, k))
    _pair_by(by_name, len(b.category_names), lambda k: a.category_names[k] or None, lambda k: b.category_names[k] or None)
    by_id = np.full(len(a.category_names), -1, np.int64)
    _pair_by(by_id, len(b.category_names), lambda k: a.category_ids[k], lambda k: b.category_ids[k])
    partner = by_name.copy()
    for k, other in _circles(by_name, _favourites(votes, by_name, by_id)).items():
        partner[k] = other
    # A new name under the old id is a renaming, unless the annotations say otherwise.
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
    return partner


def _whole(side: DiffInput, k: int) -> Hashable:
    name = side.category_names[k]
    return (name, json.dumps(side.category_rest[k], sort_keys=True)) if name else None


def _favourites(votes: Mapping[tuple[int, int], int], by_name: NDArray[np.int64], by_id: NDArray[np.int64]) -> dict[int, int]:
    """Categories that have a namesake, and by the annotations are another one: which."""
    best: dict[int, tuple[int, int]] = {}
    for (one, other), count in sorted(votes.items()):
        if one >= 0 and other >= 0 and count > best.get(one, (0, -1))[0]:
            best[one] = count, other
    # Where most of those that are surely the same have another id, ids were given anew, and say nothing of the rest.
    sure = [k for k, (_, other) in best.items() if by_name[k] == other]
    ids_count = 2 * sum(by_id[k] == by_name[k] for k in sure) >= len(sure)
    out = {}
    for k, namesake in enumerate(by_name.tolist()):
        count, other = best.get(k, (0, int(by_id[k]) if ids_count else -1))
        if namesake >= 0 and other not in (-1, namesake) and (not count or count > votes.get((k, namesake), 0)):
            out[k] = other
    # Without annotations that say so a name is what counts.
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


def _overlapping(
    a: DiffInput,
    b: DiffInput,
    image_labels: tuple[NDArray[np.int64], NDArray[np.int64]],
    category_labels: tuple[NDArray[np.int64], NDArray[np.int64]],
    free: tuple[NDArray[np.bool_], NDArray[np.bool_]],
) -> Iterator[Pairs]:
    """What is left, image by image: by IoU within a category, across categories, by id, and what has no box in its order."""
    left = np.flatnonzero(free[0]), np.flatnonzero(free[1])
    left = (left[0][np.argsort(image_labels[0][left[0]], kind="stable")], left[1][np.argsort(image_labels[1][left[1]], kind="stable")])
    in_order = image_labels[0][left[0]], image_labels[1][left[1]]
    corners = _corners(a), _corners(b)
    ids = a.coco.annotations.id, b.coco.annotations.id
    for label in np.intersect1d(*in_order).tolist():
        own = [rows[slice(*np.searchsorted(labels, [label, label + 1]))] for rows, labels in zip(left, in_order, strict=True)]
        one, other = own
        iou = box_iou(corners[0][one], corners[1][other])
        same_class = category_labels[0][one][:, None] == category_labels[1][other]
        same_id = (ids[0].values[one][:, None] == ids[1].values[other]) & ids[0].ok[one][:, None] & ids[1].ok[other]
        bare = np.isnan(corners[0][one]).any(axis=1, keepdims=True) & np.isnan(corners[1][other]).any(axis=1)
        ranks = np.arange(len(one))[:, None] == np.arange(len(other))
        weights = np.maximum(iou, 0.5 * bare) + _SAME_ID * same_id + 0.001 * ranks
        near = _nearness(corners[0][one], corners[1][other])
        weights = np.where(iou > 0, weights, weights + near)
        stages = (
            same_class & (iou >= _SURE),
            iou >= _SURE,
            same_class & (iou > 0),
            same_class & same_id,
            same_class & (near > 0),
            same_class & bare,
            same_id & bare,
        )
        open_a, open_b = np.ones(len(one), np.bool_), np.ones(len(other), np.bool_)
        for allowed in stages:
            pairs = np.array(assign(np.where(allowed & open_a[:, None] & open_b, weights, 0.0)), np.int64).reshape(-1, 2)
            open_a[pairs[:, 0]] = False
            open_b[pairs[:, 1]] = False
            yield Pairs(one[pairs[:, 0]], other[pairs[:, 1]])


def _nearness(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """From 1 to 0 with the distance of boxes of one size, up to four times their longer side: small boxes leave their place at once."""
    size_a, size_b = a[:, 2:] - a[:, :2], b[:, 2:] - b[:, :2]
    alike = np.isclose(size_a[:, None], size_b, rtol=1e-6, atol=1e-6).all(axis=2)
    far = np.abs(a[:, None, :2] - b[:, :2]).max(axis=2)
    limit = 4 * size_a.max(axis=1, keepdims=True)
    return np.where(alike & (far < limit), 1 - far / limit, 0.0)


def _corners(side: DiffInput) -> NDArray[np.float64]:
    """x1, y1, x2, y2 of the boxes; of the masks where there are none."""
    corners = side.boxes.copy()
    corners[:, 2:] += corners[:, :2]
    bare = np.isnan(corners).any(axis=1)
    if bare.any():
        corners[bare] = side.coco.annotations.segmentation.envelopes[bare]
    return corners
