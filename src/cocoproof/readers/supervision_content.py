"""The content of a file by supervision, which has no ids, scores or further columns: those cannot be compared."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cocoproof.model.errors import MissingExtra
from cocoproof.readers.content import Aspect, CategoryOf, DetectionOf, FileContent, ImageOf, MaskOf
from cocoproof.readers.loaded_rows import rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["reimport"]

_NOWHERE = "/nowhere"
"""In place of the image folder: supervision opens no image to load a file."""

_CARRIED = frozenset({Aspect.BOXES, Aspect.MASKS, Aspect.AREAS, Aspect.CROWD})


def reimport(path: str | os.PathLike[str]) -> FileContent:
    """Load a file with `supervision.DetectionDataset.from_coco`.

    Raises:
        MissingExtra: If supervision is not installed; names the extra.
        Exception: Any exception of supervision for a file that it cannot load.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about OpenCV, which supervision does not need here
            from supervision import DetectionDataset
    except ImportError as error:
        msg = "reading a file back through supervision needs it: pip install 'cocoproof[supervision]'"
        raise MissingExtra(msg) from error
    annotations = rows_of(_document(path), "annotations")
    # Older versions read masks only with `force_masks`, and then fail on an annotation without one.
    masked = bool(annotations) and all(row.get("segmentation") for row in annotations)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of what it skips, and that is then a loss
        dataset: Any = DetectionDataset.from_coco(_NOWHERE, os.fspath(path), force_masks=masked)
    root = Path(_NOWHERE).resolve()
    names = [str(name) for name in dataset.classes]
    images = tuple(_image_of(Path(name), root, dataset.annotations[name], names) for name in dataset.image_paths)
    return FileContent(
        images,
        tuple(CategoryOf(name) for name in names),
        aspects=_CARRIED,
        precision=2.0**-23,
        notes=(
            "supervision holds boxes as float32, and no ids, image sizes, supercategories, scores, tracks, keypoints, further fields or sections",
            "supervision fills polygons with their outline, so a polygon that pycocotools reads right comes back larger here",
        ),
    )


def _document(path: str | os.PathLike[str]) -> object:
    import json

    try:
        return json.loads(Path(path).read_bytes())
    except (ValueError, RecursionError):
        return None  # supervision raises an exception for it


def _image_of(path: Path, root: Path, found: Any, names: list[str]) -> ImageOf:
    out = []
    for index in range(len(found)):
        mask = None if found.mask is None else _mask_of(found.mask, index)
        class_id = int(found.class_id[index])
        out.append(
            DetectionOf(
                place=index,
                category=names[class_id] if 0 <= class_id < len(names) else None,
                box=np.asarray(found.xyxy[index], np.float64),
                mask=mask,
                area=float(found.data["area"][index]) if "area" in found.data else None,
                crowd=int(found.data["iscrowd"][index]) if "iscrowd" in found.data else None,
            )
        )
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    return ImageOf(name, None, tuple(out))


def _mask_of(stack: Any, index: int) -> MaskOf | None:
    pixels: NDArray[np.bool_] = np.asarray(stack[index], np.bool_)
    # An annotation without a segmentation gets an empty mask if another one on the image has a mask.
    if not pixels.any():
        return None
    height, width = pixels.shape
    return MaskOf((height, width), lambda: pixels)
