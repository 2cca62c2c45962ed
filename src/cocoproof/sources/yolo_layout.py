"""Where a YOLO data set keeps its class names, its pictures and their label files.

The conventions are ultralytics': `data.yaml` names the classes (a list, or a table from id) and the splits; the label file
of `.../images/x/a.jpg` is `.../labels/x/a.txt`, and lies beside the picture where no folder is called images (darknet's way).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cocoproof.export.errors import ExportError
from cocoproof.mapping.category_files import names_by_id, read_category_list
from cocoproof.mapping.errors import CategoryListError
from cocoproof.mapping.plain_files import PlainFileError, read_plain
from cocoproof.model.suggestions import listed, quoted
from cocoproof.sources.errors import SourceError
from cocoproof.sources.image_folder import PICTURE_ENDINGS, files_below, pictures_below, read_text, text_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DataYaml", "Layout", "find_layout", "read_data_yaml"]

_NAME_FILES = ("classes.txt", "labels/classes.txt", "classes.names", "obj.names", "_darknet.labels")
_SPLITS = ("train", "val", "test")


@dataclass(frozen=True, slots=True)
class DataYaml:
    """What a data.yaml says.

    Attributes:
        path: The file.
        classes: Class id -> name.
        root: The folder that its splits are relative to.
        splits: Split -> the folders, or lists of pictures, that it is made of.
        keypoints: How many keypoints there are, and how many columns each.
        keypoint_names: The names of the keypoints, where they are given for all classes alike.
    """

    path: Path
    classes: Mapping[int, str]
    root: Path
    splits: Mapping[str, tuple[str, ...]]
    keypoints: tuple[int, int] | None
    keypoint_names: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is.

    Attributes:
        root: The folder that file names are relative to.
        pairs: The pictures in order, each with its label file; None where there is none.
        orphans: Label files without a picture.
    """

    root: Path
    pairs: tuple[tuple[Path, Path | None], ...]
    orphans: tuple[Path, ...]


def find_classes(folder: Path) -> DataYaml | dict[int, str] | None:
    """The class names that a data set's folder holds: of data.yaml, of the only YAML file with names, or of classes.txt.

    Raises:
        SourceError: If the file does not hold names, or several YAML files do.
        MissingExtra: If it is YAML and PyYAML is not installed.
    """
    known = [path for path in (folder / "data.yaml", folder / "data.yml", folder / "dataset.yaml") if path.is_file()]
    if not known:
        candidates = sorted(path for path in folder.glob("*.y*ml") if path.suffix in (".yaml", ".yml") and path.is_file())
        known = [path for path in candidates if _has_names(path)]
        if len(known) > 1:
            msg = f"several YAML files name classes ({listed([path.name for path in known])}); give the one that is meant in place of the folder"
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
        SourceError: If it holds none.
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
    """The pictures and label files of a data set, or of one split of it.

    Args:
        folder: The data set.
        data: Its data.yaml, where it has one.
        split: `train`, `val` or `test` of data.yaml; None for all pictures below the folder.

    Raises:
        SourceError: If there is no such split, or no picture.
    """
    if split is None:
        return _paired(folder, pictures_below(folder), [folder])
    if data is None or split not in data.splits:
        there = f"there are {listed(data.splits)}" if data is not None and data.splits else "there is no data.yaml that names splits"
        msg = f"there is no split {quoted(split)}; {there}"
        raise SourceError(msg, reason="split", file=data.path if data is not None else folder)
    pictures: list[Path] = []
    folders: list[Path] = []
    for entry in data.splits[split]:
        place = _place_of(entry, data)
        if place.is_dir():
            folders.append(place)
            pictures += pictures_below(place)
        else:
            pictures += _pictures_listed(place)
    root = folders[0] if len(folders) == 1 and len(data.splits[split]) == 1 else data.root
    # Where pictures are listed one by one, the label files of others may lie beside theirs.
    return _paired(root, list(dict.fromkeys(pictures)), folders if len(folders) == len(data.splits[split]) else None)


def _place_of(entry: str, data: DataYaml) -> Path:
    place = data.root / entry
    if not place.exists() and entry.startswith("../"):
        place = data.root / entry.removeprefix("../")  # as Roboflow writes it, and ultralytics reads it
    if not place.exists():
        msg = f"{quoted(entry)} is not there (looked for {place})"
        raise SourceError(msg, reason="split", file=data.path)
    return place


def _pictures_listed(path: Path) -> list[Path]:
    found = []
    for number, line in enumerate(text_lines(read_text(path)), 1):
        if line.strip():
            picture = path.parent / line.strip().removeprefix("./")
            if picture.suffix.lower() not in PICTURE_ENDINGS:
                msg = f"{quoted(line.strip())} is no picture's name"
                raise SourceError(msg, reason="split", file=path, line=number)
            found.append(picture)
    return found


def _paired(root: Path, pictures: list[Path], folders: list[Path] | None) -> Layout:
    if not pictures:
        msg = "there is no picture in the folder or below"
        raise SourceError(msg, reason="no-image", file=root)
    inner = root / "images"
    if all(inner in picture.parents for picture in pictures):
        root = inner
    owners: dict[Path, Path] = {}
    pairs: list[tuple[Path, Path | None]] = []
    label_folders: set[Path] = set(folders or ())
    for picture in pictures:
        labels = _labels_of(picture)
        label_folders.update(path.parent for path in labels)
        # What is there and is not a file is an error of this picture, once it is read: to pass over it would lose its annotations.
        label = next((path for path in labels if os.path.lexists(path)), None)
        if label is not None and owners.setdefault(label, picture) != picture:
            msg = f"two pictures have this label file: {owners[label].name} and {picture.name}"
            raise SourceError(msg, reason="label-shared", file=label)
        pairs.append((picture, label))
    orphans = _orphans(label_folders, owners) if folders is not None else set()
    return Layout(root, tuple(pairs), tuple(sorted(orphans)))


def _labels_of(picture: Path) -> list[Path]:
    """Where a picture's label file may be: below `labels` in place of the last `images`, or beside it."""
    parts = picture.parts
    places = [place for place, part in enumerate(parts[:-1]) if part == "images"]
    beside = picture.with_suffix(".txt")
    if not places:
        return [beside]
    return [Path(*parts[: places[-1]], "labels", *parts[places[-1] + 1 :]).with_suffix(".txt"), beside]


def _orphans(folders: set[Path], owners: Mapping[Path, Path]) -> set[Path]:
    """Text files beside the label files that look like one and have no picture."""
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
