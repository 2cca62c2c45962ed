"""The layout of a YOLO dataset: class names, images and their label files.

The conventions are ultralytics': `data.yaml` names the classes (a list, or a table from id) and the splits; the label file
of `.../images/x/a.jpg` is `.../labels/x/a.txt`, and lies beside the image if no folder is called images (as in darknet).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cocoproof.export.errors import ExportError
from cocoproof.mapping.category_files import read_category_list
from cocoproof.mapping.class_tables import names_by_id
from cocoproof.mapping.errors import CategoryListError
from cocoproof.mapping.plain_files import PlainFileError, read_plain
from cocoproof.model.suggestions import listed, quoted
from cocoproof.sources.errors import SourceError
from cocoproof.sources.image_folder import IMAGE_SUFFIXES, files_below, images_below, read_text, text_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DataYaml", "Layout", "find_layout", "read_data_yaml"]

_NAME_FILES = ("classes.txt", "labels/classes.txt", "classes.names", "obj.names", "_darknet.labels")
_SPLITS = ("train", "val", "test")


@dataclass(frozen=True, slots=True)
class DataYaml:
    """The content of a data.yaml.

    Attributes:
        path: The file.
        classes: Class id -> name.
        root: The folder that its splits are relative to.
        splits: Split -> its folders, or lists of images.
        keypoints: The number of keypoints, and the columns of each.
        keypoint_names: The names of the keypoints, if they are the same for all classes.
    """

    path: Path
    classes: Mapping[int, str]
    root: Path
    splits: Mapping[str, tuple[str, ...]]
    keypoints: tuple[int, int] | None
    keypoint_names: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of a dataset.

    Attributes:
        root: The folder that file names are relative to.
        pairs: The image files in order, each with its label file, or None.
        orphans: Label files without an image.
    """

    root: Path
    pairs: tuple[tuple[Path, Path | None], ...]
    orphans: tuple[Path, ...]


def find_classes(folder: Path) -> DataYaml | dict[int, str] | None:
    """The class names of a dataset's folder: those of data.yaml, of the only YAML file with names, or of classes.txt.

    Raises:
        SourceError: If the file does not contain names, or several YAML files do.
        MissingExtra: If it is YAML and PyYAML is not installed.
    """
    known = [path for path in (folder / "data.yaml", folder / "data.yml", folder / "dataset.yaml") if path.is_file()]
    if not known:
        candidates = sorted(path for path in folder.glob("*.y*ml") if path.suffix in (".yaml", ".yml") and path.is_file())
        known = [path for path in candidates if _has_names(path)]
        if len(known) > 1:
            msg = f"several YAML files name classes ({listed([path.name for path in known])}); pass the right one instead of the folder"
            raise SourceError(msg, reason="classes", file=folder)
    if known:
        return read_data_yaml(known[0])
    for name in _NAME_FILES:
        if (folder / name).is_file():
            return class_names(folder / name)
    return None


def _has_names(path: Path) -> bool:
    try:
        value = read_plain(path).value
    except PlainFileError:
        return False
    return isinstance(value, dict) and "names" in value


def class_names(path: Path) -> dict[int, str]:
    """Class id -> name from a file of names.

    Raises:
        SourceError: If it has none.
    """
    try:
        found = read_category_list(path)
    except CategoryListError as error:
        raise SourceError(error.detail, reason="classes", file=error.where or path) from None
    return {place if category.id is None else category.id: category.name for place, category in enumerate(found)}


def read_data_yaml(path: Path) -> DataYaml:
    """Read a data.yaml.

    Raises:
        SourceError: If it cannot be read, or does not name classes.
        MissingExtra: If PyYAML is not installed.
    """
    try:
        value = read_plain(path).value
    except PlainFileError as error:
        raise SourceError(str(error), reason="classes", file=path) from None
    if not isinstance(value, dict) or "names" not in value:
        msg = "there is no `names`; expected ultralytics' data.yaml, with the class names as a list or a table from id"
        raise SourceError(msg, reason="classes", file=path)
    names = value["names"]
    try:
        classes = names_by_id(names if isinstance(names, dict) else dict(enumerate(names if isinstance(names, list) else [])))
    except CategoryListError as error:
        raise SourceError(f"names: {error.detail}", reason="classes", file=path) from None
    if not classes:
        msg = f"names is {quoted(names)}; expected the class names as a list or a table from id"
        raise SourceError(msg, reason="classes", file=path)
    shape = _keypoint_shape(value.get("kpt_shape"), path)
    return DataYaml(
        path=path,
        classes=classes,
        root=_root(value.get("path"), path),
        splits={split: _texts(value.get(split)) for split in _SPLITS if value.get(split)},
        keypoints=shape,
        keypoint_names=_keypoint_names(value.get("kpt_names"), shape),
    )


def _root(given: object, path: Path) -> Path:
    # ultralytics looks below its own folder of data sets, too; ours is the file's.
    folder = path.parent / given if isinstance(given, str) else path.parent
    return folder if folder.is_dir() else path.parent


def _texts(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(one for one in values if isinstance(one, str))


def _keypoint_shape(value: object, path: Path) -> tuple[int, int] | None:
    if value is None:
        return None
    if isinstance(value, list) and len(value) == 2 and all(type(one) is int for one in value) and value[0] > 0 and value[1] in (2, 3):
        return value[0], value[1]
    msg = f"kpt_shape is {value!r:.60}; expected [keypoints, 2 or 3]"
    raise SourceError(msg, reason="classes", file=path)


def _keypoint_names(value: object, shape: tuple[int, int] | None) -> tuple[str, ...] | None:
    lists = list(value.values()) if isinstance(value, dict) else [value]
    first = lists[0] if lists else None
    alike = all(one == first for one in lists)
    if shape is None or not alike or not isinstance(first, list) or len(first) != shape[0]:
        return None
    return tuple(str(name) for name in first)


def find_layout(folder: Path, data: DataYaml | None, split: str | None) -> Layout:
    """The images and label files of a dataset, or of one split of it.

    Args:
        folder: The dataset.
        data: Its data.yaml, if it has one.
        split: `train`, `val` or `test` of data.yaml; None for all images below the folder.

    Raises:
        SourceError: If the split does not exist, or has no images.
    """
    if split is None:
        return _paired(folder, images_below(folder), [folder])
    if data is None or split not in data.splits:
        there = f"there are {listed(data.splits)}" if data is not None and data.splits else "data.yaml is missing, or defines no splits"
        msg = f"unknown split {quoted(split)}; {there}"
        raise SourceError(msg, reason="split", file=data.path if data is not None else folder)
    images: list[Path] = []
    folders: list[Path] = []
    for entry in data.splits[split]:
        place = _place_of(entry, data)
        if place.is_dir():
            folders.append(place)
            images += images_below(place)
        else:
            images += _images_listed(place)
    root = folders[0] if len(folders) == 1 and len(data.splits[split]) == 1 else data.root
    # If images are listed one by one, label files of other images may lie beside theirs.
    return _paired(root, list(dict.fromkeys(images)), folders if len(folders) == len(data.splits[split]) else None)


def _place_of(entry: str, data: DataYaml) -> Path:
    place = data.root / entry
    if not place.exists() and entry.startswith("../"):
        place = data.root / entry.removeprefix("../")  # as Roboflow writes it, and ultralytics reads it
    if not place.exists():
        msg = f"{quoted(entry)} does not exist (at {place})"
        raise SourceError(msg, reason="split", file=data.path)
    return place


def _images_listed(path: Path) -> list[Path]:
    found = []
    for number, line in enumerate(text_lines(read_text(path)), 1):
        if line.strip():
            image = path.parent / line.strip().removeprefix("./")
            if image.suffix.lower() not in IMAGE_SUFFIXES:
                msg = f"{quoted(line.strip())} is not the name of an image"
                raise SourceError(msg, reason="split", file=path, line=number)
            found.append(image)
    return found


def _paired(root: Path, images: list[Path], folders: list[Path] | None) -> Layout:
    if not images:
        msg = "no images found in the folder or its subfolders"
        raise SourceError(msg, reason="no-image", file=root)
    inner = root / "images"
    if all(inner in image.parents for image in images):
        root = inner
    owners: dict[Path, Path] = {}
    pairs: list[tuple[Path, Path | None]] = []
    label_folders: set[Path] = set(folders or ())
    for image in images:
        labels = _labels_of(image)
        label_folders.update(path.parent for path in labels)
        # A label that exists and is not a file is an error when it is read: skipping it would lose annotations.
        label = next((path for path in labels if os.path.lexists(path)), None)
        if label is not None and owners.setdefault(label, image) != image:
            msg = f"two images have this label file: {owners[label].name} and {image.name}"
            raise SourceError(msg, reason="label-shared", file=label)
        pairs.append((image, label))
    orphans = _orphans(label_folders, owners) if folders is not None else set()
    return Layout(root, tuple(pairs), tuple(sorted(orphans)))


def _labels_of(image: Path) -> list[Path]:
    """Where the label file of an image may be: below `labels` instead of the last `images`, or beside it."""
    parts = image.parts
    places = [place for place, part in enumerate(parts[:-1]) if part == "images"]
    beside = image.with_suffix(".txt")
    if not places:
        return [beside]
    return [Path(*parts[: places[-1]], "labels", *parts[places[-1] + 1 :]).with_suffix(".txt"), beside]


def _orphans(folders: set[Path], owners: Mapping[Path, Path]) -> set[Path]:
    """Text files beside the label files that look like one and have no image."""
    found: set[Path] = set()
    seen: set[Path] = set()
    for folder in sorted(folder for folder in folders if folder.is_dir()):
        if folder in seen:
            continue
        for path in files_below(folder):
            seen.add(path.parent)
            if path.suffix == ".txt" and path not in owners and path not in found and _looks_like_labels(path):
                found.add(path)
    return found


def _looks_like_labels(path: Path) -> bool:
    try:
        line = next((line for line in text_lines(read_text(path)) if line.strip()), "")
        return len(list(map(float, line.split()))) >= 5
    except (ExportError, ValueError):
        return False
