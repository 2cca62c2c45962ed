"""`compare`: a source of detections with the file that an exporter made of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cocoproof.readers import columns_content as through_columns
from cocoproof.readers import pycocotools_content as through_pycocotools
from cocoproof.readers import supervision_content as through_supervision
from cocoproof.readers.loaded_rows import plain as one_line
from cocoproof.readers.options import READERS, FieldNames, Tolerance
from cocoproof.roundtrip.compare_detections import compare_pair
from cocoproof.roundtrip.compare_sets import compare_categories, compare_images
from cocoproof.roundtrip.expected import expected_content
from cocoproof.roundtrip.losses import Loss, LossKind, RoundTripReport
from cocoproof.roundtrip.pairing import pair_detections

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from cocoproof.mapping import ClassMapping
    from cocoproof.readers.content import DetectionOf, FileContent, ImageOf
    from cocoproof.readers.options import Reader

__all__ = ["compare"]


def compare(
    source: object,
    path: str | os.PathLike[str],
    *,
    mapping: ClassMapping,
    via: Reader = "pycocotools",
    tolerance: Tolerance | None = None,
    keys: FieldNames | None = None,
    images_dir: str | os.PathLike[str] | None = None,
) -> RoundTripReport:
    """Read a COCO file back and compare it with the detections that it was made of.

    The source is read by plain arithmetic, the file by one of three readers that share nothing with any exporter. Of a
    detection its `class_id` goes through the mapping; a mask's pixels, counted, are its `area`, or else the box's area is;
    `data["iscrowd"]`, or 0, is its crowd flag; `data["class_name"]` and `data["area"]` are not looked at.

    Where the order is kept, detections are compared place by place. Where it is not, they are matched: the assignment of
    greatest total IoU within a class (Hungarian method), then across classes what is left; and the change of order is a loss.

    pycocotools' C code is given no mask that it cannot safely take: such a mask is a loss of its own. supervision is run in
    this process, as it is: give it files of your own making.

    Args:
        source: What was exported: a `supervision.DetectionDataset`, or an iterable of `(image, detections)` or
            `(path, array, detections)`, as `export_coco` takes them. It must be readable twice: no generator.
        path: The file.
        mapping: Which class was to become which category.
        via: The reader: `pycocotools`, which decodes masks as evaluation does; `supervision`; or `own`, our columns, with
            masks decoded by arithmetic of our own.
        tolerance: How far things may be apart; None for not at all.
        keys: Under which keys the file has what COCO has no field for; None for those of `export_coco`.
        images_dir: The folder that the file names are relative to; None for the folder that holds all of a dataset's images.

    Returns:
        Every loss, located and measured.

    Raises:
        ValueError: If there is no such reader.
        TypeError: If the source has another form, or can be read only once.
        ImportError: If supervision is asked for and is not installed.
    """
    if via not in READERS:
        msg = f"via is {via!r}; expected one of {', '.join(READERS)}"
        raise ValueError(msg)
    wanted = expected_content(source, mapping, images_dir)
    total = sum(len(image.detections) for image in wanted.images)
    notes = list(wanted.notes)
    try:
        found = _reimport(path, via, keys or FieldNames())
    except (ImportError, MemoryError):
        raise
    except Exception as error:  # whatever a reader raises at a file is the loss
        said = f"{type(error).__name__}: {one_line(str(error))}".removesuffix(": ")
        loss = Loss(LossKind.FILE, f"{via} cannot load the file: {said}", found=said)
        return RoundTripReport(Path(path), via, len(wanted.images), total, (loss,), tuple(notes))
    losses = list(_compare(wanted, found, tolerance or Tolerance()))
    return RoundTripReport(Path(path), via, len(wanted.images), total, tuple(losses), (*notes, *found.notes))


def _reimport(path: str | os.PathLike[str], via: Reader, keys: FieldNames) -> FileContent:
    if via == "pycocotools":
        return through_pycocotools.reimport(path, keys)
    return through_supervision.reimport(path) if via == "supervision" else through_columns.reimport(path, keys)


def _compare(wanted: FileContent, found: FileContent, tolerance: Tolerance) -> Iterator[Loss]:
    yield from compare_categories(wanted, found)
    pairs, losses = compare_images(wanted, found)
    yield from losses
    for ours, theirs in pairs:
        yield from _compare_image(ours, theirs, found, tolerance)


def _compare_image(ours: ImageOf, theirs: ImageOf, found: FileContent, tolerance: Tolerance) -> Iterator[Loss]:
    """What is on one image."""
    in_place: list[Loss] = []
    if len(ours.detections) == len(theirs.detections):
        in_place = [
            loss
            for one, other in zip(ours.detections, theirs.detections, strict=True)
            for loss in compare_pair(ours.name, one, other, found, tolerance)
        ]
        if not in_place:
            return
    pairs = pair_detections(ours.name, ours.detections, theirs.detections, found, tolerance)
    if len(pairs) == len(ours.detections) == len(theirs.detections) and all(a == b for a, b in pairs):
        yield from in_place
        return
    back = [place for _, place in pairs]
    if back != sorted(back):
        yield _order_loss(ours, pairs)
    matched = {one for one, _ in pairs}
    partner = dict(pairs)
    for place, detection in enumerate(ours.detections):
        if place in matched:
            yield from compare_pair(ours.name, detection, theirs.detections[partner[place]], found, tolerance)
        else:
            yield Loss(
                LossKind.DETECTION_MISSING,
                f"{_about(detection)} in, nothing out",
                ours.name,
                detection.place,
                expected=_plain_box(detection),
            )
    taken = set(back)
    for place, extra in enumerate(theirs.detections):
        if place not in taken:
            yield Loss(
                LossKind.DETECTION_EXTRA, f"nothing in, {_about(extra)} out", ours.name, annotation=extra.place, found=_plain_box(extra)
            )


def _order_loss(ours: ImageOf, pairs: list[tuple[int, int]]) -> Loss:
    """That matched detections do not come back in their order."""
    order = [ours.detections[one].place for one, _ in sorted(pairs, key=lambda pair: pair[1])]
    wanted = sorted(order)
    moved = sum(a != b for a, b in zip(order, wanted, strict=True))
    shown = ", ".join(map(str, order[:12])) + (", ..." if len(order) > 12 else "")
    return Loss(
        LossKind.DETECTION_ORDER,
        f"the order changed: detections come back as {shown}; {moved} of {len(order)} out of place",
        ours.name,
        expected=wanted,
        found=order,
        measure=float(moved),
    )


def _about(detection: DetectionOf) -> str:
    box = _plain_box(detection)
    corners = "no box" if box is None else "box " + ", ".join(f"{value:.6g}" for value in box)
    name = "no category" if detection.category is None else repr(detection.category)
    return f"{name}, {corners}"


def _plain_box(detection: DetectionOf) -> list[float] | None:
    return None if detection.box is None else detection.box.tolist()
