"""Categories with categories, images with images."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.geometry.assignment import pair_by_key
from cocoproof.model.json_types import numeric_json_text
from cocoproof.readers.content import Aspect
from cocoproof.roundtrip.losses import Loss, LossKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cocoproof.readers.content import CategoryOf, FileContent, ImageOf

__all__ = ["added_category_fields", "compare_categories", "compare_images", "compare_sections"]

_WIDEST = 120
_NOTHING: tuple[object, ...] = (None, "", "none", [], ())
"""What a file may have where the source has no supercategory, keypoints or skeleton: COCO's own files write `none`."""
_CATEGORY_FIELDS = ("supercategory", "keypoints", "skeleton")


def compare_categories(wanted: FileContent, found: FileContent) -> Iterator[Loss]:
    """Categories by name: those of the mapping, each once, in its order, with its ids."""
    theirs: dict[str, CategoryOf] = {}
    for category in found.categories:
        if category.name in theirs:
            yield Loss(LossKind.CATEGORY_EXTRA, f"duplicate category {category.name!r}", found=category.name)
        theirs.setdefault(category.name, category)
    names = {category.name for category in wanted.categories}
    for category in wanted.categories:
        other = theirs.get(category.name)
        if other is None:
            known = ", ".join(map(repr, list(theirs)[:5])) or "none"
            yield Loss(
                LossKind.CATEGORY_MISSING,
                f"the category {category.name!r} in, nothing out; the file's begin with {known}",
                expected=category.name,
            )
            continue
        if Aspect.CATEGORY_IDS in found.aspects and other.id != category.id:
            detail = f"the category {category.name!r} has id {category.id} in, {other.id} out"
            yield Loss(LossKind.CATEGORY_ID, detail, field=category.name, expected=category.id, found=other.id)
        if Aspect.CATEGORY_FIELDS in found.aspects:
            for field in _CATEGORY_FIELDS:
                mine, its = getattr(category, field), getattr(other, field)
                if mine is not None and mine != its:
                    shown = "none" if its is None else repr(its)
                    detail = f"the category {category.name!r}: {field} {mine!r} in, {shown} out"
                    yield Loss(LossKind.CATEGORY_FIELDS, detail, field=field, expected=mine, found=its)
            for field, detail, value, back in _lost_fields(category.fields, other.fields):
                message = f"the category {category.name!r}: {detail}"
                yield Loss(LossKind.CATEGORY_FIELDS, message, field=field, expected=value, found=back)
    for name in theirs:
        if name not in names:
            yield Loss(LossKind.CATEGORY_EXTRA, f"no category {name!r} in, one out", found=name)
    if Aspect.CATEGORY_ORDER in found.aspects:
        order = [category.name for category in wanted.categories if category.name in theirs]
        back = [name for name in theirs if name in names]
        if order != back:
            moved = sum(a != b for a, b in zip(order, back, strict=True))
            detail = f"the order of categories changed: {', '.join(order[:12])} in, {', '.join(back[:12])} out"
            yield Loss(LossKind.CATEGORY_ORDER, detail, expected=order, found=back, measure=float(moved))


def added_category_fields(wanted: FileContent, found: FileContent) -> Iterator[str]:
    """What the file says of categories where the source, such as a mapping, says nothing: nothing is lost, and it is not the source's."""
    if Aspect.CATEGORY_FIELDS not in found.aspects:
        return
    ours = {category.name: category for category in wanted.categories}
    for field in _CATEGORY_FIELDS:
        pairs = [(ours[other.name], getattr(other, field)) for other in found.categories if other.name in ours]
        added = [its for mine, its in pairs if getattr(mine, field) is None and its not in _NOTHING]
        if added:
            count = f"{len(added):,} categor{'y' if len(added) == 1 else 'ies'}"
            yield f"{field}: the file has one for {count} of the source without, such as {_shown(added[0])}"


def compare_images(wanted: FileContent, found: FileContent) -> tuple[list[tuple[ImageOf, ImageOf]], list[Loss]]:
    """Images by file name, and what is left of both sides by the name without its folder.

    Returns:
        Pairs in the source's order, and the losses that are the images' own.
    """
    losses: list[Loss] = []
    names = [[image.name for image in side.images] for side in (wanted, found)]
    partner = np.full(len(wanted.images), -1, np.int64)
    pair_by_key(partner, *names)
    pair_by_key(partner, *([posixpath.basename(name.replace("\\", "/")) for name in side] for side in names))
    taken = set(partner.tolist())
    pairs = []
    for place, image in enumerate(wanted.images):
        if partner[place] < 0:
            count = len(image.detections)
            detail = f"an image with {count} detection{'s' * (count != 1)} in, nothing out"
            losses.append(Loss(LossKind.IMAGE_MISSING, detail, image.name, expected=image.name))
            continue
        other = found.images[partner[place]]
        pairs.append((image, other))
        losses += _own_losses(image, other, found)
    for place, extra in enumerate(found.images):
        if place not in taken:
            detail = f"no such image in, one with {len(extra.detections)} annotations out"
            losses.append(Loss(LossKind.IMAGE_EXTRA, detail, extra.name, found=extra.name))
    back = partner[partner >= 0].tolist()
    if back != sorted(back):
        moved = sum(a != b for a, b in zip(back, sorted(back), strict=True))
        detail = f"the order of images changed: {moved} of {len(back)} out of place"
        losses.append(Loss(LossKind.IMAGE_ORDER, detail, expected=sorted(back), found=back, measure=float(moved)))
    if wanted.strays:
        detail = f"{wanted.strays} annotation{'s' * (wanted.strays != 1)} on no image in, nothing out"
        losses.append(Loss(LossKind.DETECTION_MISSING, detail, expected=wanted.strays, measure=float(wanted.strays)))
    if found.strays:
        detail = f"{found.strays} annotations are on no image"
        losses.append(Loss(LossKind.DETECTION_EXTRA, detail, found=found.strays, measure=float(found.strays)))
    return pairs, losses


def compare_sections(wanted: FileContent, found: FileContent) -> Iterator[Loss]:
    """The further top-level fields: `info`, `licenses`, and those that COCO does not define."""
    if Aspect.SECTIONS in found.aspects:
        for name, detail, value, back in _lost_fields(wanted.sections, found.sections):
            yield Loss(LossKind.SECTION, detail, field=name, expected=value, found=back)


def _lost_fields(ours: Mapping[str, object], theirs: Mapping[str, object]) -> Iterator[tuple[str, str, object, object]]:
    """Fields that did not come back: key, detail, and both values. 1 and 1.0 are equal numbers; 1 and true are not."""
    for key, value in ours.items():
        back = theirs.get(key)
        if key not in theirs or numeric_json_text(back) != numeric_json_text(value):
            yield key, f"{key} {_shown(value)} in, {_shown(back) if key in theirs else 'none'} out", value, back


def _shown(value: object) -> str:
    text = numeric_json_text(value)
    if len(text) <= _WIDEST:
        return text
    return f"a list of {len(value):,} values" if isinstance(value, list) else text[:_WIDEST] + "..."


def _own_losses(image: ImageOf, other: ImageOf, found: FileContent) -> Iterator[Loss]:
    if image.name != other.name:
        yield Loss(
            LossKind.IMAGE_NAME, f"file_name {image.name!r} in, {other.name!r} out", image.name, expected=image.name, found=other.name
        )
    if Aspect.IMAGE_SIZES in found.aspects and image.size is not None and other.size != image.size:
        turned = image.turned and other.size == image.size[::-1]
        if not turned:
            out = "none" if other.size is None else f"{other.size[0]}x{other.size[1]} px"
            detail = f"size {image.size[0]}x{image.size[1]} px in, {out} out"
            yield Loss(LossKind.IMAGE_SIZE, detail, image.name, expected=image.size, found=other.size)
    if Aspect.METADATA in found.aspects:
        for key, value in image.metadata.items():
            its = other.metadata.get(key)
            if its != value:
                detail = f"metadata[{key!r}] {value!r} in, {'none' if its is None else repr(its)} out"
                yield Loss(LossKind.IMAGE_METADATA, detail[:400], image.name, field=key, expected=value, found=its)
    if Aspect.IMAGE_FIELDS in found.aspects:
        for key, detail, value, its in _lost_fields(image.fields, other.fields):
            yield Loss(LossKind.IMAGE_FIELDS, detail, image.name, field=key, expected=value, found=its)
