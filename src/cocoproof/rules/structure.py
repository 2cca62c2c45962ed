"""Rules about the document's structure: sections, fields, types, domains. They follow the JSON Schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.tables import Annotations, Shape, ValueState
from cocoproof.consumers.supervision import CONSUMER as SUPERVISION
from cocoproof.model.dialects import OF_OWN_READERS, Dialect, kind_with_dialects
from cocoproof.model.findings import Kind, Severity
from cocoproof.reading.kinds import KNOWN_KEYS, LISTS, NEEDED_SECTIONS, VIDEO_KINDS
from cocoproof.reading.row_types import REQUIRED
from cocoproof.rules.examples import GONE, captions, dataset, keypoint_dataset, panoptic, results
from cocoproof.rules.reader_defects import reader_defects
from cocoproof.rules.reader_failures import NOT_LOADED, not_loaded_with
from cocoproof.rules.rule import ALL_KINDS, DATASETS, TRACKS, Fix, RuleContext, Violation, Violations, quote, rule
from cocoproof.rules.violations import FILE_WIDE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Column, Table
    from cocoproof.model.json_types import JsonPath
    from cocoproof.rules.violations import Consequence

__all__ = ["RULES"]

_TABLES = (
    ("images", "images"),
    ("annotations", "annotations"),
    ("segments_info", "segments"),
    ("categories", "categories"),
    ("videos", "videos"),
)
"""Sections as the schemas name them, and the tables that hold their rows."""

_COMPARED = 100
"""Characters of a key that are compared with COCO's own, and keys that are: difflib's time goes with the square of the length."""

_NO_ANNOTATIONS = {"images": dataset()["images"]}


@rule(
    "COCO101",
    severity=Severity.ERROR,
    kinds=ALL_KINDS - LISTS,
    accept=[dataset(), captions(), _NO_ANNOTATIONS, dataset(document={"info": GONE, "licenses": GONE})],
    reject=[
        (dataset(document={"categories": GONE}), ""),
        (dataset(document={"images": GONE}), ""),
        ({k: v for k, v in panoptic().items() if k != "categories"}, ""),
    ],
    explains=("COCO904",),
)
def missing_section(context: RuleContext) -> Violations:
    """A section is absent that this kind of file needs: images, annotations or categories.

    pycocotools loads such a file silently and indexes nothing of the section: `loadImgs` and `loadCats` then
    raise KeyError, and an evaluation without categories or images has nothing to evaluate. supervision raises KeyError
    at once. Captions need no categories, and a file of images alone (image_info) needs neither. Where there is nothing
    to list, write an empty list.
    """
    kind = context.coco.kind
    missing = [name for name in NEEDED_SECTIONS[kind] if name not in context.coco.keys]
    if Dialect.COCO_TEXT in context.coco.dialects:  # some of its files have no `cats`, and all of them no categories
        missing = [name for name in missing if name != "categories"]
    there = [key for key in dict.fromkeys(context.coco.keys) if key not in KNOWN_KEYS and len(key) <= _COMPARED][:_COMPARED]
    if not missing:
        return Violations.of_document([])
    import difflib  # takes milliseconds

    near = {name: difflib.get_close_matches(name, there, 1) for name in missing}
    return Violations.of_document(
        [
            Violation(f'there is no "{name}", which {kind.value} files need{_hint(near[name], "is it the value of {}?")}', about=name)
            for name in missing
        ]
    ).explaining(NOT_LOADED)


@rule(
    "COCO102",
    severity=Severity.ERROR,
    fix=Fix(safe="gives an annotation without an id the next free one, and one without a box that of its segmentation"),
    accept=[dataset([{"segmentation": GONE}]), captions(), results([{"caption": "a cat", "bbox": GONE, "category_id": GONE}])],
    reject=[
        (dataset([{}, {"category_id": GONE}]), "/annotations/1"),
        (dataset(images=[{"width": GONE}]), "/images/0"),
        (dataset([{"segmentation": {"counts": [100, 50, 2922]}}]), "/annotations/0/segmentation"),
        (panoptic([{}, {"category_id": GONE}]), "/annotations/0/segments_info/1"),
        (results([{"bbox": GONE}]), "/0"),
    ],
    explains=("COCO904",),
)
def missing_field(context: RuleContext) -> Iterator[Violations]:
    """A field is absent that readers index without asking.

    These are `id`, `image_id`, `category_id`, `bbox` of an annotation, `id`, `width`, `height`, `file_name` of an image,
    and `id`, `name` of a category; a caption needs `caption`, a panoptic annotation `file_name` and `segments_info`, a
    result `image_id` and then a `caption`, or a `category_id` and one of `bbox`, `segmentation` and `keypoints`.
    pycocotools raises KeyError without an id or a reference, as it loads; other readers raise later, or leave out the row.
    A mask that is an RLE needs `size` and `counts`. An LVIS image may have a `coco_url` for its `file_name`. A video of YouTube-VIS needs `id`, `width`,
    `height`, `length` and `file_names`, a track `id`, `video_id`, `category_id`, and `bboxes` or `segmentations`.

    A field that no row of a section of ten or more rows has is one finding.
    """
    for found in _absent(context, "COCO102"):
        yield found.explaining(*_not_loaded_without(context))
    if context.coco.kind is Kind.LVIS:
        images = context.coco.images
        nameless = (images.file_name.state == ValueState.ABSENT) & ~images.has_url
        yield Violations.of_rows("images", nameless, lambda _: "has no file_name and no coco_url", about=lambda _: "coco_url")
    if context.coco.kind is Kind.RESULTS and Dialect.REFERRING_EXPRESSIONS not in context.coco.dialects:
        yield from _incomplete_results(context)
    if context.coco.kind in VIDEO_KINDS:
        lists = context.coco.annotations.per_frame
        neither = (lists["bboxes"].state == ValueState.ABSENT) & (lists["segmentations"].state == ValueState.ABSENT)
        yield from _without(context, "annotations", ("bboxes or segmentations",), neither[:, None])
    yield reader_defects(context, "COCO102")


@rule(
    "COCO104",
    severity=Severity.ERROR,
    accept=[dataset(), dataset([{"segmentation": {"size": [48, 64], "counts": [240, 20, 2812]}, "area": 20, "bbox": [5, 0, 1, 20]}])],
    reject=[
        (dataset([{"bbox": [4, 5, 20]}]), "/annotations/0/bbox"),
        (dataset([{"bbox": [4, 5, 20, 16, 0.5]}]), "/annotations/0/bbox"),
        (dataset([{"segmentation": {"size": [48, 64, 1], "counts": [240, 20, 2812]}}]), "/annotations/0/segmentation/size"),
    ],
)
def wrong_length(context: RuleContext) -> Violations:
    """A list has another length than the format gives it.

    A box is four numbers `[x, y, width, height]`, the `size` of an RLE two, `[height, width]`, an edge of a skeleton two.
    Where most boxes have five numbers, and the polygons do not show that the first four are a COCO box, they are oriented boxes as detectron2 has them (centre, size, angle), and
    no finding: see COCO951. A single one among others is. pycocotools loads a box of three or five numbers, and its evaluation then raises an exception that does not
    name the annotation.
    """
    return reader_defects(context, "COCO104")


@rule(
    "COCO105",
    severity=Severity.ERROR,
    accept=[dataset(images=[{}, {"width": 1, "height": 1}]), panoptic([{"iscrowd": 1}, {}])],
    reject=[
        (dataset(images=[{}, {"width": 0}]), "/images/1/width"),
        (dataset(images=[{}, {"height": -48}]), "/images/1/height"),
        (dataset([{"iscrowd": 7}]), "/annotations/0/iscrowd"),
        (panoptic([{}, {"iscrowd": 2}]), "/annotations/0/segments_info/1/iscrowd"),
    ],
)
def value_out_of_domain(context: RuleContext) -> Iterator[Violations]:
    """A value has the right type and means nothing: `iscrowd` not 0 or 1, an image width or height not positive.

    COCOeval ignores every annotation whose `iscrowd` is not 0, so a 7 takes the annotation out of the score in silence. A
    width of 0 is what exporters write that never opened the image: masks then have no pixels to be drawn on, and
    relative coordinates divide by zero. Write the true size, and `iscrowd` as the source has it.
    """
    images, annotations, segments = context.coco.images, context.coco.annotations, context.coco.segments
    yield _outside("images", "width", images.width, "at least 1")
    yield _outside("images", "height", images.height, "at least 1")
    yield _outside("annotations", "iscrowd", annotations.iscrowd, "0 or 1")
    yield _outside("segments", "iscrowd", segments.iscrowd, "0 or 1")
    if context.coco.videos is not None:
        yield _outside("videos", "width", context.coco.videos.width, "at least 1")
        yield _outside("videos", "height", context.coco.videos.height, "at least 1")
    yield reader_defects(context, "COCO105")


@rule(
    "COCO106",
    severity=Severity.ERROR,
    fix=Fix(
        safe="writes `iscrowd` 0; the area in pixels as pycocotools counts those of the segmentation, or that of the box where there is none; and `num_keypoints` from the keypoints"
    ),
    kinds=ALL_KINDS - LISTS - {Kind.CAPTIONS, Kind.IMAGE_INFO},
    accept=[dataset(), panoptic(), keypoint_dataset()],
    reject=[
        (dataset([{"area": GONE}]), "/annotations/0"),
        (dataset([{}, {"iscrowd": GONE}]), "/annotations/1"),
        (keypoint_dataset([{"num_keypoints": GONE}]), "/annotations/0"),
        (panoptic([{}, {"area": GONE}]), "/annotations/0/segments_info/1"),
    ],
)
def missing_evaluation_field(context: RuleContext) -> Iterator[Violations]:
    """A field is absent that only evaluation asks for: area or iscrowd.

    The file loads and trains, and then `COCOeval` raises KeyError, often after the first epoch. For keypoints the same
    holds for `keypoints` and `num_keypoints`, for panoptic segments `area` and `iscrowd`. LVIS has no crowds and its
    evaluator does not ask for `iscrowd`. Write `iscrowd: 0` for a single object, and the area of its mask (of
    its box where there is no mask): COCOeval sorts objects into small, medium and large by it. A field that none of ten or more rows has is one
    finding.
    """
    yield from _absent(context, "COCO106")
    yield reader_defects(context, "COCO106")


@rule(
    "COCO107",
    severity=Severity.NOTE,
    kinds=DATASETS | TRACKS,
    accept=[dataset(), dataset(document={"info": {}, "licenses": []}, images=[{"license": GONE}])],
    reject=[
        (dataset(document={"info": GONE}), ""),
        (dataset(document={"licenses": GONE}, images=[{"license": GONE}]), ""),
    ],
)
def missing_metadata(context: RuleContext) -> Violations:
    """The file has no info or no licenses.

    Nothing needs them to load or to train, though `COCO.info()` of pycocotools raises KeyError without `info`, and
    some readers index both. They say where a data set comes from, which version it is and what may be done with it:
    fill them in before it is published.
    """
    missing = [name for name in ("info", "licenses") if name not in context.coco.keys]
    return Violations.of_document([Violation(f'there is no "{name}"', about=name) for name in missing])


@rule(
    "COCO108",
    severity=Severity.NOTE,
    kinds=DATASETS | TRACKS,
    accept=[dataset(), dataset(document={"type": "instances"})],
    reject=[
        (dataset(document={"pictures": []}), "/pictures"),
        (dataset(document={"license": []}), "/license"),
    ],
)
def unknown_section(context: RuleContext) -> Violations:
    """A top-level key that no COCO kind has.

    Readers ignore it silently, and most that write a file again drop it. It is harmless where it is meant;
    if it is a typing error (`Images`, `category`) the section that was meant is missing. The keys of COCO are `info`,
    `licenses`, `images`, `annotations` and `categories`; old files also have `type`, and files of videos `videos` and `tracks`.
    """
    unknown = [key for key in context.coco.keys if key not in KNOWN_KEYS]
    absent = KNOWN_KEYS - set(context.coco.keys)
    if not unknown:
        return Violations.of_document([])
    import difflib

    near = [difflib.get_close_matches(key[:_COMPARED].lower(), absent, 1) for key in unknown]
    return Violations(
        len(unknown),
        lambda k: Violation(f"{quote(unknown[k])} is not a section of COCO{_hint(near[k], 'did you mean {}?')}", (unknown[k],)),
    )


@rule(
    "COCO109",
    severity=Severity.ERROR,
    accept=[dataset(), results(), _NO_ANNOTATIONS],
    reject=[({"type": "FeatureCollection", "features": []}, ""), ([1, 2, 3], ""), ("images", "")],
)
def unknown_kind(context: RuleContext) -> Violations:
    """The document is valid JSON, but none of the COCO kinds.

    A COCO file is an object with `images` or `annotations`, or a list of results that name an `image_id`. Other JSON
    files lie beside data sets: configurations, GeoJSON, labelme's one file an image, a report of this program. If it is
    meant to be COCO, look at its top-level keys; if it is of one kind and looks like another, name it with `--kind`.
    """
    return reader_defects(context, "COCO109")


@rule(
    "COCO110",
    severity=Severity.ERROR,
    requires=("consumers",),
    consumers=(SUPERVISION,),
    accept=[dataset(), keypoint_dataset()],
    reject=[(captions(), ""), (panoptic(), ""), (results(), "")],
)
def kind_not_loaded(context: RuleContext) -> Violations:
    """A consumer named with --for does not take files of this kind.

    Its loader raises an exception, or makes nothing of the file: there are no boxes in captions, no objects in a panoptic file, no images in a list
    of results. pycocotools takes results, but not an empty list of them. The other rules may have nothing against the file. Give that consumer
    another one; where the file was taken for a kind that it is not, `--kind` says what it is.
    """
    kind = context.coco.kind
    foreign = [dialect for dialect in context.coco.dialects if dialect in OF_OWN_READERS]
    consumers = context.consumers or ()
    refusing = {consumer.name: consumer.kinds for consumer in consumers if kind not in consumer.kinds or foreign}
    found = [
        Violation(
            f"{name} does not load {kind_with_dialects(kind.value, foreign)} files; it takes {', '.join(one.value for one in Kind if one in kinds)}",
            about=f"{name}: {kind.value}",
        )
        for name, kinds in refusing.items()
    ]
    if kind is Kind.RESULTS and not context.coco.annotations.n:
        # loadRes looks into the first result to see what they all are.
        found += [
            Violation(
                f"{consumer.name} does not load an empty list of results: `COCO.loadRes` raises IndexError", about=f"{consumer.name}: empty"
            )
            for consumer in consumers
            if consumer.name not in refusing
        ]
    return Violations.of_document(found)


def _hint(near: Sequence[str], say: str) -> str:
    return f"; {say.format(quote(near[0], 40))}" if near else ""


def _outside(table: str, name: str, column: Column, expected: str) -> Violations:
    outside = column.state == ValueState.OUT_OF_DOMAIN
    if outside.sum() >= FILE_WIDE and outside.all() and (column.values == column.values[0]).all() and table in {"images", "annotations"}:
        value = int(column.values[0])
        message = f"{name} is {value} in all {len(outside):,} {table}, expected {expected}"
        return Violations.of_file(message, (table, 0, name), table=table, rows=outside, about=str(value))
    found = Violations.of_rows(table, outside, lambda row: f"{name} is {int(column.values[row])}, expected {expected}", field=name)
    index = np.flatnonzero(outside)
    return found.part_of(lambda k: ((table, 0, name), str(int(column.values[index[k]]))))


_WITHOUT: Mapping[Dialect, frozenset[str]] = {
    Dialect.CROWD_POSE: frozenset({"area"}),
    Dialect.INATURALIST: frozenset({"bbox", "area", "iscrowd"}),
    Dialect.OMNI3D: frozenset({"bbox", "area", "iscrowd", "file_name"}),
    Dialect.COCO_TEXT: frozenset({"category_id", "iscrowd"}),
}
"""Required fields that official files of a dialect do not have, and its readers do not need.

CrowdPose's evaluation takes the area of the box, Omni3D has `file_path`, `bbox2D_tight` and others, COCO-Text has words in the place of categories."""


def _absent(context: RuleContext, code: str) -> Iterator[Violations]:
    """Rows without a field whose absence this rule reports: the row's place, for the field has none."""
    for section, table in _TABLES:
        names = [name for name, reporter in REQUIRED[context.coco.kind][section].items() if reporter == code]
        for dialect in context.coco.dialects:
            names = [name for name in names if name not in _WITHOUT.get(dialect, ())]
        found = getattr(context.coco, table)
        lacking = [(name, _column(found, name).state == ValueState.ABSENT) for name in names]
        lacking = [(name, rows) for name, rows in lacking if rows.any()]
        if lacking:
            yield from _without(context, table, [name for name, _ in lacking], np.stack([rows for _, rows in lacking], axis=1))


def _column(table: Table, name: str) -> Column:
    """A field of a table; the lists of a track are columns of their own."""
    lists = table.per_frame if isinstance(table, Annotations) else {}
    column: Column = lists[name] if name in lists else getattr(table, name)
    return column


def _not_loaded_without(context: RuleContext) -> tuple[Consequence, ...]:
    """The consequence of an absent field that supervision reads; none if it reads none of those that are absent."""
    coco = context.coco
    read = (coco.images, ("id", "width", "height", "file_name")), (coco.categories, ("id", "name")), (coco.annotations, ("image_id",))
    if any((getattr(table, name).state == ValueState.ABSENT).any() for table, names in read for name in names):
        return (NOT_LOADED,)
    annotations = coco.annotations
    return not_loaded_with(context, (annotations.category_id.state == ValueState.ABSENT) | (annotations.bbox.state == ValueState.ABSENT))


def _without(context: RuleContext, table: str, names: Sequence[str], lacking: NDArray[np.bool_]) -> Iterator[Violations]:
    """One violation for each field that no row has, and one for each row and other absent field, in the order of the rows.

    Args:
        context: The file.
        table: The table.
        names: The fields.
        lacking: Which row lacks which field, shape (rows, fields).
    """
    total = len(lacking)
    everywhere = lacking.all(axis=0) & (total >= FILE_WIDE)
    place: JsonPath = () if context.coco.kind in LISTS else ("annotations" if table == "segments" else table,)
    for field in np.flatnonzero(everywhere).tolist():
        what = "results" if context.coco.kind in LISTS else table
        message = f"none of the {total:,} {what} has {names[field]}"
        yield Violations.of_file(message, place, table=table, rows=lacking[:, field], about=names[field])
    rows, fields = np.nonzero(lacking & ~everywhere)
    absent = [names[field] for field in fields.tolist()]
    found = Violations.of_rows(table, rows, lambda k: f"has no {absent[k]}", inside=lambda _: (), about=absent.__getitem__)
    yield found.part_of(lambda k: (place, absent[k]))


def _incomplete_results(context: RuleContext) -> Iterator[Violations]:
    """What a result needs besides its image: a caption, or a category and a place."""
    rows = context.coco.annotations
    located = (
        (rows.bbox.state != ValueState.ABSENT) | (rows.keypoints.state != ValueState.ABSENT) | (rows.segmentation.shape != Shape.ABSENT)
    )
    detection = rows.caption.state == ValueState.ABSENT
    no_category = detection & (rows.category_id.state == ValueState.ABSENT)
    lacking = np.stack([no_category, detection & ~located], axis=1)
    yield from _without(context, "annotations", ("category_id", "bbox, segmentation or keypoints"), lacking)


RULES = (
    missing_section,
    missing_field,
    wrong_length,
    value_out_of_domain,
    missing_evaluation_field,
    missing_metadata,
    unknown_section,
    unknown_kind,
    kind_not_loaded,
)
