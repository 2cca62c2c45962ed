"""`compare`: detections with the file that an exporter wrote from them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from cocoproof.model.json_types import numeric_json_text
from cocoproof.readers import columns_content as through_columns
from cocoproof.readers import pycocotools_content as through_pycocotools
from cocoproof.readers import supervision_content as through_supervision
from cocoproof.readers.comparison_options import READERS, FieldNames, Tolerance
from cocoproof.readers.content import Aspect
from cocoproof.readers.loaded_rows import plain as one_line
from cocoproof.roundtrip.compare_detections import compare_pair
from cocoproof.roundtrip.compare_sets import added_category_fields, compare_categories, compare_images, compare_sections
from cocoproof.roundtrip.expected import expected_content
from cocoproof.roundtrip.losses import Loss, LossKind, RoundTripReport
from cocoproof.roundtrip.pairing import pair_detections

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from cocoproof.mapping import ClassMapping
    from cocoproof.readers.comparison_options import Reader
    from cocoproof.readers.content import DetectionOf, FileContent, ImageOf

__all__ = ["compare", "compare_content"]


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
    """Read a COCO file back and compare it with the detections that it was written from.

    The expected content is computed from the detections by plain arithmetic, and the file is read by one of three readers;
    none of them imports an exporter. The expected category is that of `class_id` in the mapping; the expected `area` is the
    number of the mask's pixels, or the area of the box; the expected crowd flag is `data["iscrowd"]`, or 0.
    `data["class_name"]` and `data["area"]` are not compared.

    Detections that come back in their order are compared place by place. Otherwise they are matched: the assignment of
    greatest total IoU within a class (Hungarian method), then across classes; and the change of order is a loss.

    A mask that pycocotools' C code cannot safely decode is not passed to it, and is a loss. supervision reads the file in this
    process, without limits: use it on files that you trust.

    Args:
        source: What was exported: a `supervision.DetectionDataset`, or an iterable of `(image, detections)` or
            `(path, array, detections)`, as `export_coco` takes them. It is iterated again: a generator is refused.
        path: The file.
        mapping: Which class must become which category.
        via: The reader: `pycocotools`, which decodes masks as evaluation does; `supervision`; or `own`, our columns, with
            masks decoded by code of our own.
        tolerance: How far things may be apart; None for not at all.
        keys: Under which keys the file has what COCO has no field for; None for those of `export_coco`.
        images_dir: The folder that the file names are relative to; None for the folder that holds all of a dataset's images.

    Returns:
        Every loss, located and measured.

    Raises:
        ValueError: If `via` is not a reader.
        TypeError: If the source has another form, or can be iterated only once.
        MissingExtra: If supervision is asked for and is not installed.
    """
    if via not in READERS:
        msg = f"via is {via!r}; expected one of {', '.join(READERS)}"
        raise ValueError(msg)
    return compare_content(expected_content(source, mapping, images_dir), path, via=via, tolerance=tolerance, keys=keys)


def compare_content(
    wanted: FileContent,
    path: str | os.PathLike[str],
    *,
    via: Reader = "pycocotools",
    tolerance: Tolerance | None = None,
    keys: FieldNames | None = None,
) -> RoundTripReport:
    """Read a COCO file back and compare it with what it must hold; `compare` documents the arguments.

    Args:
        wanted: What the file must hold.
        path: The file.
        via: The reader.
        tolerance: How far things may be apart; None for not at all.
        keys: Under which keys the file has what COCO has no field for; None for those of `export_coco`.
    """
    total = sum(len(image.detections) for image in wanted.images)
    notes = list(wanted.notes)
    try:
        found = _reimport(path, via, keys or FieldNames())
    except (ImportError, MemoryError):
        raise
    except Exception as error:  # whatever a reader raises at a file is the loss
        reason = f"{type(error).__name__}: {one_line(str(error))}".removesuffix(": ")
        loss = Loss(LossKind.FILE, f"{via} cannot load the file: {reason}", found=reason)
        return RoundTripReport(Path(path), via, len(wanted.images), total, (loss,), tuple(notes))
    comparison = _RoundTrip(wanted, found, tolerance or Tolerance())
    losses = tuple(comparison.losses())
    return RoundTripReport(Path(path), via, len(wanted.images), total, losses, (*notes, *found.notes, *comparison.notes()))


def _reimport(path: str | os.PathLike[str], via: Reader, keys: FieldNames) -> FileContent:
    if via == "pycocotools":
        return through_pycocotools.reimport(path, keys)
    return through_supervision.reimport(path) if via == "supervision" else through_columns.reimport(path, keys)


class _RoundTrip:
    """One comparison of what a file must hold with what a reader brought back."""

    def __init__(self, wanted: FileContent, found: FileContent, tolerance: Tolerance) -> None:
        self._wanted = wanted
        self._found = found
        self._tolerance = tolerance
        self._ids: Counter[str] = Counter()
        self._recorded: Counter[str] = Counter()

    def losses(self) -> Iterator[Loss]:
        """Every loss, in the order of the source."""
        yield from compare_sections(self._wanted, self._found)
        yield from compare_categories(self._wanted, self._found)
        pairs, losses = compare_images(self._wanted, self._found)
        yield from losses
        for ours, theirs in pairs:
            self._ids["images"] += _other_id(ours, theirs)
            yield from self._on_image(ours, theirs)

    def notes(self) -> Iterator[str]:
        """What was counted and is not a loss; complete when the losses are."""
        yield from added_category_fields(self._wanted, self._found)
        for what, count in self._ids.items():
            if count:
                yield f"ids: an export assigns them anew; {count:,} of the {what} {'have' if count != 1 else 'has'} another id than in the source"
        for name, count in sorted(self._recorded.items()):
            if count:
                verb = "have" if count != 1 else "has"
                yield f"{name}: an export computes it anew; {count:,} annotation{'s' * (count != 1)} {verb} another value than in the source"

    def _pair(self, image: str, ours: DetectionOf, theirs: DetectionOf) -> Iterator[Loss]:
        self._count(ours, theirs)
        yield from compare_pair(image, ours, theirs, self._found, self._tolerance)

    def _count(self, ours: DetectionOf, theirs: DetectionOf) -> None:
        """Count what differs without being a loss."""
        self._ids["annotations"] += _other_id(ours, theirs)
        for name, value in ours.recorded.items() if Aspect.DATA in self._found.aspects else ():
            self._recorded[name] += numeric_json_text(theirs.recorded.get(name)) != numeric_json_text(value)

    def _on_image(self, ours: ImageOf, theirs: ImageOf) -> Iterator[Loss]:
        if len(ours.detections) == len(theirs.detections):
            in_place = list(zip(ours.detections, theirs.detections, strict=True))
            losses = [loss for pair in in_place for loss in compare_pair(ours.name, *pair, self._found, self._tolerance)]
            pairs = self._pairs(ours, theirs) if losses else [(place, place) for place in range(len(in_place))]
            if len(pairs) == len(in_place) and all(one == other for one, other in pairs):
                for pair in in_place:
                    self._count(*pair)
                yield from losses
                return
        else:
            pairs = self._pairs(ours, theirs)
        back = [place for _, place in pairs]
        if back != sorted(back):
            yield _order_loss(ours, pairs)
        partner = dict(pairs)
        for place, detection in enumerate(ours.detections):
            if place in partner:
                yield from self._pair(ours.name, detection, theirs.detections[partner[place]])
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
                detail = f"nothing in, {_about(extra)} out"
                yield Loss(LossKind.DETECTION_EXTRA, detail, ours.name, annotation=extra.place, found=_plain_box(extra))

    def _pairs(self, ours: ImageOf, theirs: ImageOf) -> list[tuple[int, int]]:
        return pair_detections(ours.name, ours.detections, theirs.detections, self._found, self._tolerance)


def _other_id(ours: ImageOf | DetectionOf, theirs: ImageOf | DetectionOf) -> bool:
    """Whether a row has another id than in the source, where both have one."""
    return ours.id is not None and theirs.id is not None and numeric_json_text(ours.id) != numeric_json_text(theirs.id)


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
