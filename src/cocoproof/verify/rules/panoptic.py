"""Rules about panoptic segments."""

from __future__ import annotations

import numpy as np

from cocoproof.findings import Kind, Severity
from cocoproof.verify.examples import GONE, panoptic
from cocoproof.verify.rule import Case, Hits, quote, rule

__all__ = ["RULES"]

_PANOPTIC = frozenset({Kind.PANOPTIC})


@rule(
    "COCO921",
    severity=Severity.ERROR,
    kinds=_PANOPTIC,
    needs=("segments.id",),
    accept=[panoptic(), panoptic([{"id": 5}, {"id": 6}, {"id": 4, "category_id": 1}])],
    reject=[
        (panoptic([{}, {"id": 1000}]), "/annotations/0/segments_info/1/id"),
        (panoptic([{"id": 3}, {}, {"id": 3, "category_id": 1}]), "/annotations/0/segments_info/2/id"),
    ],
)
def panoptic_segment_id_duplicate(case: Case) -> Hits:
    """Two segments of one image share an id.

    A segment's id is its colour in the PNG: pixels of one colour cannot belong to two segments. panopticapi puts the
    segments into a dict by id and keeps the last one in silence, so that the first is never evaluated. Ids need to
    differ within one annotation only. Give each segment a colour of its own, in the PNG too, or join the two.
    """
    segments = case.coco.segments
    rows = np.flatnonzero(segments.id.ok)
    ids, owner = segments.id.values[rows], segments.owner[rows]
    # Stable: of equal ids the earlier segment comes first.
    order = np.lexsort((ids, owner))
    same = (np.diff(ids[order]) == 0) & (np.diff(owner[order]) == 0)
    later, earlier = rows[order[1:][same]], rows[order[:-1][same]]
    before = dict(zip(later.tolist(), earlier.tolist(), strict=True))

    def say(row: int) -> str:
        place = int(segments.position[before[row]])
        return f"id {int(segments.id.values[row])} is also that of segments_info[{place}] on the same image"

    return Hits.of_rows("segments", np.sort(later), say, field="id", other=before.__getitem__)


@rule(
    "COCO923",
    severity=Severity.ERROR,
    kinds=_PANOPTIC,
    needs=("segments.category", "segments.iscrowd", "categories.isthing"),
    accept=[
        panoptic(),
        panoptic([{"iscrowd": 1}, {}]),  # category 1 is a thing, category 2 is stuff
    ],
    reject=[
        (panoptic([{}, {"iscrowd": 1}]), "/annotations/0/segments_info/1/iscrowd"),
        (panoptic(categories=[{}, {"isthing": GONE}]), "/categories/1"),
        (panoptic(categories=[{"isthing": 2}, {}]), "/categories/0/isthing"),
    ],
)
def panoptic_crowd_thing(case: Case) -> list[Hits]:
    """iscrowd on a stuff category, or isthing absent.

    `isthing` says whether a category can be counted (1: person, car) or is a region (0: sky, grass); panopticapi raises
    KeyError where it is absent. A crowd is a group of things that nobody told apart; stuff is one segment an image and
    has no crowds. panopticapi passes over every segment with `iscrowd` 1, so that a crowd of stuff is never counted.
    Set `iscrowd` to 0, or correct the category's `isthing`.
    """
    segments, categories = case.coco.segments, case.coco.categories
    isthing = categories.isthing
    stuff = np.append(isthing.ok & (isthing.values == 0), False)
    crowded = segments.iscrowd.ok & (segments.iscrowd.values == 1) & stuff[segments.category_row]

    def say(row: int) -> str:
        at = int(segments.category_row[row])
        name = categories.name.values[at]
        return f"iscrowd is 1, but category {categories.id_of(at)}{' (' + quote(name, 40)[1:-1] + ')' if name else ''} is stuff (isthing 0), which has no crowds"

    odd = isthing.ok & (isthing.values != 0) & (isthing.values != 1)
    return [
        Hits.of_rows("segments", crowded, say, field="iscrowd"),
        Hits.of_rows("categories", ~isthing.present, lambda _: "there is no isthing: 1 for a thing, 0 for stuff"),
        Hits.of_rows(
            "categories",
            odd,
            lambda row: f"isthing is {int(isthing.values[row])}; it must be 1 for a thing or 0 for stuff",
            field="isthing",
        ),
    ]


RULES = (panoptic_segment_id_duplicate, panoptic_crowd_thing)
