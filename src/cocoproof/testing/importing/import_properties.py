"""The properties of importers: what a reader must hold of a COCO file."""

from __future__ import annotations

import contextlib
import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cocoproof.testing.importing.file_form import FileForm
from cocoproof.testing.importing.oracle import MaskError, pixels_of
from cocoproof.testing.properties import surroundings
from cocoproof.testing.trial import PropertyBroken, Raised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from cocoproof.testing.importing.import_trial import ImportTrial
    from cocoproof.testing.importing.imported import ImportedAnnotation, ImportedDataset, ImportedImage

__all__ = [
    "annotation_ids",
    "annotations_complete",
    "annotations_in_order",
    "areas",
    "boxes",
    "categories_complete",
    "categories_in_order",
    "category_ids",
    "classes",
    "crowd_flags",
    "empty_dataset",
    "empty_image",
    "file_names",
    "files_unchanged",
    "further_fields",
    "image_ids",
    "image_sizes",
    "images_complete",
    "images_in_order",
    "keypoint_names",
    "keypoints",
    "masks",
    "no_side_effects",
    "reads_again",
    "scores",
    "supercategories",
]

_SHOWN = 5
"""Losses that a message lists."""

_ROUNDINGS = 4
"""A box may have passed through its corners, or through fractions of the image: an end may differ by so many units in the last place of float64."""


def _expect_none(losses: Iterator[str]) -> None:
    found = list(losses)
    if found:
        more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
        raise PropertyBroken("\n".join([*found[:_SHOWN], *more]))


def images_complete(trial: ImportTrial) -> None:
    """Every image of the file is there once, with or without annotations, and no other."""
    _expect_none(_image_counts(trial))


def _image_counts(trial: ImportTrial) -> Iterator[str]:
    found = trial.images
    yield from (f"the image {image.file_name!r} in the file, not in the reader" for image in found.missing)
    yield from (f"the image {image.file_name!r} in the reader, not in the file" for image in found.extra)


def images_in_order(trial: ImportTrial) -> None:
    """Images are in the order of the file."""
    if not trial.images.in_order:
        msg = f"the order of images changed: {_listed(trial.wanted.images, 'file_name')} in the file, {_listed(trial.found.images, 'file_name')} in the reader"
        raise PropertyBroken(msg)


def _listed(rows: Sequence[Any], name: str) -> str:
    shown = ", ".join(repr(getattr(row, name)) for row in rows[:_SHOWN])
    return f"{shown}, ..." if len(rows) > _SHOWN else shown


def image_sizes(trial: ImportTrial) -> None:
    """`width` and `height` are those of the file."""
    _expect_none(
        f"image {pair.wanted.file_name!r}: {pair.wanted.width} x {pair.wanted.height} px in the file, {pair.found.width} x {pair.found.height} in the reader"
        for pair in trial.images.pairs
        if (pair.wanted.width, pair.wanted.height) != (pair.found.width, pair.found.height)
    )


def image_ids(trial: ImportTrial) -> None:
    """Images have the ids of the file."""
    _expect_none(
        f"image {pair.wanted.file_name!r}: id {pair.wanted.id} in the file, {pair.found.id} in the reader"
        for pair in trial.images.pairs
        if not _equal(pair.wanted.id, pair.found.id)
    )


def file_names(trial: ImportTrial) -> None:
    """An image's name is its path below the folder of images: folders, blanks and Unicode included."""
    _expect_none(
        f"file_name {pair.wanted.file_name!r} in the file, {pair.found.file_name!r} in the reader"
        for pair in trial.images.pairs
        if pair.wanted.file_name != pair.found.file_name
    )


def categories_complete(trial: ImportTrial) -> None:
    """Every category of the file is there once, used or not, and no other."""
    wanted, found = [row.name for row in trial.wanted.categories], [row.name for row in trial.found.categories]
    losses = [f"the category {name!r} in the file, not in the reader" for name in wanted if name not in set(found)]
    losses += [f"the category {name!r} in the reader, not in the file" for name in found if name not in set(wanted)]
    losses += [f"the category {name!r} is there {found.count(name)} times" for name in wanted if found.count(name) > 1]
    _expect_none(iter(losses))


def categories_in_order(trial: ImportTrial) -> None:
    """Categories are in the order of the file."""
    names = {row.name for row in trial.found.categories}
    wanted = [row.name for row in trial.wanted.categories if row.name in names]
    own = set(wanted)
    found = [row.name for row in trial.found.categories if row.name in own]
    if wanted != found and sorted(wanted) == sorted(found):
        msg = f"the order of categories changed: {', '.join(map(repr, wanted[:_SHOWN]))} in the file, {', '.join(map(repr, found[:_SHOWN]))} in the reader"
        raise PropertyBroken(msg)


def category_ids(trial: ImportTrial) -> None:
    """Categories have the ids of the file: with gaps, from 0, large."""
    _expect_none(_of_categories(trial, "id"))


def supercategories(trial: ImportTrial) -> None:
    """Categories have the supercategories of the file."""
    _expect_none(_of_categories(trial, "supercategory"))


def keypoint_names(trial: ImportTrial) -> None:
    """Categories have the names of their keypoints, in order."""
    _expect_none(_of_categories(trial, "keypoints"))


def _of_categories(trial: ImportTrial, name: str) -> Iterator[str]:
    held = {row.name: row for row in trial.found.categories}
    for row in trial.wanted.categories:
        if row.name in held and not _equal(getattr(row, name) or None, getattr(held[row.name], name) or None):
            yield f"category {row.name!r}: {name} {getattr(row, name)!r} in the file, {getattr(held[row.name], name)!r} in the reader"


def annotations_complete(trial: ImportTrial) -> None:
    """Every annotation is on its image, once, and there are no others; so for ids in any order, and rows of an image apart from each other."""
    _expect_none(_annotation_counts(trial))


def _annotation_counts(trial: ImportTrial) -> Iterator[str]:
    for image in trial.images.missing:
        if image.annotations:
            yield f"image {image.file_name!r}: {len(image.annotations)} annotations in the file, no image in the reader"
    for image, paired in trial.annotations:
        if paired.missing or paired.extra:
            count = len(paired.pairs) + len(paired.extra)
            yield f"image {image.file_name!r}: {len(image.annotations)} annotations in the file, {count} in the reader"


def annotations_in_order(trial: ImportTrial) -> None:
    """The annotations of an image are in the order of the file."""
    _expect_none(
        f"image {image.file_name!r}: the order of annotations changed" for image, paired in trial.annotations if not paired.in_order
    )


def annotation_ids(trial: ImportTrial) -> None:
    """Annotations have the ids of the file."""
    _expect_none(_differ(trial, "id", lambda own: own.id))


def classes(trial: ImportTrial) -> None:
    """Every annotation has the category of the file, whatever the ids of categories and their order."""
    _expect_none(_differ(trial, "category", lambda own: own.category))


def crowd_flags(trial: ImportTrial) -> None:
    """`iscrowd` is that of the file."""
    _expect_none(_differ(trial, "iscrowd", lambda own: own.iscrowd))


def areas(trial: ImportTrial) -> None:
    """`area` is that of the file."""
    _expect_none(_differ(trial, "area", lambda own: own.area))


def scores(trial: ImportTrial) -> None:
    """`score` is that of the file."""
    _expect_none(_differ(trial, "score", lambda own: own.score))


def keypoints(trial: ImportTrial) -> None:
    """The keypoints' x, y and v are those of the file, also of those that are hidden or not labelled."""
    _expect_none(_keypoint_losses(trial))


def _keypoint_losses(trial: ImportTrial) -> Iterator[str]:
    for image, place, pair in trial.pairs():
        wanted, found = (None if own.keypoints is None else [float(value) for value in own.keypoints] for own in (pair.wanted, pair.found))
        same = wanted == found if wanted is None or found is None else len(wanted) == len(found) and all(map(_near, wanted, found))
        if not same:
            yield f"{_at(image, place)}: keypoints {_short(wanted)} in the file, {_short(found)} in the reader"


def further_fields(trial: ImportTrial) -> None:
    """Keys of annotations that COCO does not define, such as `attributes` and `track_id`, are kept with their values."""
    _expect_none(_differ(trial, "further keys", lambda own: dict(own.fields)))


def _differ(trial: ImportTrial, name: str, of: Callable[[ImportedAnnotation], object]) -> Iterator[str]:
    for image, place, pair in trial.pairs():
        wanted, found = of(pair.wanted), of(pair.found)
        if not _equal(wanted, found):
            yield f"{_at(image, place)}: {name} {_short(wanted)} in the file, {_short(found)} in the reader"


def _at(image: ImportedImage, place: int) -> str:
    return f"image {image.file_name!r}, annotation {place}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:117]}..."


def _equal(wanted: Any, found: Any) -> bool:
    """Whether two values are equal as JSON has them: 1.0 equals 1, and True does not."""
    if isinstance(wanted, bool) or isinstance(found, (bool, np.bool_)):
        return isinstance(wanted, bool) and bool(found) is wanted and isinstance(found, (bool, np.bool_))
    if isinstance(wanted, (list, tuple)):
        rows = list(found) if isinstance(found, (list, tuple, np.ndarray)) else [None, *wanted]
        return len(rows) == len(wanted) and all(map(_equal, wanted, rows))
    if isinstance(wanted, dict):
        return isinstance(found, dict) and wanted.keys() == found.keys() and all(_equal(wanted[key], found[key]) for key in wanted)
    return bool(wanted == found)


def boxes(trial: ImportTrial) -> None:
    """`bbox` is that of the file, within the roundings of float64 that the way through its corners or through fractions of the image takes."""
    _expect_none(_box_losses(trial))


def _box_losses(trial: ImportTrial) -> Iterator[str]:
    for image, place, pair in trial.pairs():
        wanted = [float(side) for side in pair.wanted.bbox or ()]
        found = [float(side) for side in (() if pair.found.bbox is None else pair.found.bbox)]
        if len(found) != len(wanted) or not all(map(_near, _ends(wanted), _ends(found))):
            yield f"{_at(image, place)}: bbox {wanted} in the file, {found} in the reader (x, y, width, height)"


def _ends(box: list[float]) -> list[float]:
    x, y, width, height = box
    return [x, y, x + width, y + height]


def _near(wanted: float, found: float) -> bool:
    return abs(wanted - found) <= _ROUNDINGS * math.ulp(max(abs(wanted), 1.0))


def masks(trial: ImportTrial) -> None:
    """Every mask has the pixels that pycocotools reads: of polygons with any number of parts, of run lengths, and of crowds; without one there is none."""
    _expect_none(_mask_losses(trial))


def _mask_losses(trial: ImportTrial) -> Iterator[str]:
    for image, place, pair in trial.pairs():
        size = (image.height or 0, image.width or 0)
        wanted = pixels_of(pair.wanted.segmentation, size)
        try:
            found = pixels_of(pair.found.segmentation, size)
        except MaskError as error:
            yield f"{_at(image, place)}: {error}"
            continue
        if wanted is None or found is None:
            if (wanted is None) != (found is None) and (found is None or found.any()):
                yield f"{_at(image, place)}: {_pixels(wanted)} in the file, {_pixels(found)} in the reader"
        elif not np.array_equal(wanted, found):
            both = int((wanted & found).sum()) / max(int((wanted | found).sum()), 1)
            yield f"{_at(image, place)}: {_pixels(wanted)} in the file, {_pixels(found)} in the reader, IoU {both:.3f}"


def _pixels(mask: Any) -> str:
    return "no mask" if mask is None else f"mask {int(mask.sum())} px"


def empty_dataset(trial: ImportTrial) -> None:
    """A file without images is read as every category, and no image."""
    if trial.found.images:
        msg = f"no image in the file, {len(trial.found.images)} in the reader"
        raise PropertyBroken(msg)
    categories_complete(trial)


def empty_image(trial: ImportTrial) -> None:
    """A file without annotations is read as its images."""
    images_complete(trial)
    annotations_complete(trial)


def reads_again(trial: ImportTrial) -> None:
    """A second reading gives the same, also after another file was read; a file that took another's place is read as it is now."""
    first = _plain(trial.found)
    other = replace(trial.case, form=FileForm(), dataset=replace(trial.case.dataset, images=trial.case.dataset.images[:-1]))
    second = None
    with contextlib.suppress(Raised):  # that one is not on trial
        second = _plain(trial.load(other.build(trial.folder / "other" / "images")))
    _expect_like(first, _plain(trial.load()), "after another file was read")
    path = trial.dataset.annotations
    text = path.read_text(encoding="utf-8")
    path.write_text(json.dumps(other.document()), encoding="utf-8")
    try:
        if second is not None:
            _expect_like(second, _plain(trial.load()), "of another file that took the place of one that was read")
    finally:
        path.write_text(text, encoding="utf-8")
    _expect_like(first, _plain(trial.load()), "of a file that is back in its place")


def _plain(found: ImportedDataset) -> list[str]:
    """What the reader holds, as texts."""
    return [repr(found.categories), *(_said(image) for image in found.images)]


def _said(image: ImportedImage) -> str:
    rows = [replace(own, segmentation=None) for own in image.annotations]
    shapes = [np.packbits(shape).tobytes() if isinstance(shape := own.segmentation, np.ndarray) else shape for own in image.annotations]
    return repr((replace(image, annotations=rows), shapes))


def _expect_like(first: list[str], second: list[str], when: str) -> None:
    if first != second:
        place = next((k for k, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second)))
        was, now = (_short(rows[place]) if place < len(rows) else "nothing" for rows in (first, second))
        msg = f"a second reading, {when}, gives something else: {was}, then {now}"
        raise PropertyBroken(msg)


def files_unchanged(trial: ImportTrial) -> None:
    """Reading changes neither the file nor the images, and leaves nothing beside them."""
    trial.dataset  # noqa: B018 - written before
    before = _files(trial.folder)
    trial.load()
    after = _files(trial.folder)
    changed = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    if changed:
        msg = f"reading changed or left {', '.join(map(repr, changed[:_SHOWN]))}"
        raise PropertyBroken(msg)


def _files(folder: Path) -> dict[str, object]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def no_side_effects(trial: ImportTrial) -> None:
    """Reading changes neither the current folder, the environment, the locale, random states, logging, warnings nor numpy's settings."""
    try:
        surroundings.no_side_effects(trial)  # type: ignore[arg-type]  # it takes what has a folder, a case, a dataset and a call
    except Raised as error:
        raise Raised(str(error).replace("export raised", "load raised", 1)) from error.__cause__
    except PropertyBroken as error:
        raise PropertyBroken(str(error).replace("the export changes", "reading changes", 1)) from None
