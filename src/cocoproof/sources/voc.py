"""Pascal VOC datasets: one XML file per image."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from cocoproof.export.detections import RESERVED, PlainDetections
from cocoproof.export.errors import ExportError
from cocoproof.export.image_entries import ImageInfo, file_name_of, header_size
from cocoproof.export.refusals import Refusals
from cocoproof.model.suggestions import Suggestions, quoted
from cocoproof.sources.errors import SourceError, check_count
from cocoproof.sources.image_folder import IMAGE_SUFFIXES, files_below, read_text, text_lines
from cocoproof.sources.protocol import IMAGES, ORIENTATION, SPLIT, OpenSource, SourceFormat, SourceOption, SourceRequest
from cocoproof.sources.xml_tree import Node, read_xml

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from cocoproof.export.image_entries import Orientation
    from cocoproof.model.json_types import JsonValue

__all__ = ["FORMAT", "Base", "VocSource"]

Base: TypeAlias = Literal[0, 1]

_EDGES = ("xmin", "ymin", "xmax", "ymax")
_FLAGS = ("difficult", "occluded", "truncated")
_WITHOUT = "sizes not compared with the image files, because Pillow is not installed (pip install 'cocoproof[images]')"


@dataclass(frozen=True, slots=True)
class _Object:
    """One object of a file."""

    name: str
    line: int
    xyxy: tuple[float, float, float, float]
    attributes: dict[str, JsonValue] = field(default_factory=dict)


class VocSource:
    """A folder of Pascal VOC annotations as a source of `export_coco` and `export_results`.

    VOC counts pixels from 1 and includes the last one: a box over the first ten columns has xmin 1, xmax 10. So with
    `base` 1, x = xmin - 1 and width = xmax - xmin + 1. Many tools write edges counted from 0 into the same fields:
    with `base` 0, x = xmin and width = xmax - xmin.

    Every other element of an object with only text (difficult, truncated, occluded, pose) becomes an attribute; elements
    with children (part, polygon) are counted and not written.

    Args:
        path: A folder with `Annotations`, or with XML files in it or its subfolders.
        classes: Class id -> name; None: the names that occur, sorted.
        split: Take the images that `ImageSets/Main/<split>.txt` lists.
        base: What coordinates are counted from; see above.
        images_dir: The folder of the image files; by default `JPEGImages` or `images` beside `Annotations`, or that of the
            XML files. Image files may be missing.
        orientation: As for `export_coco`.
        refusals: Collects what cannot be read.

    Attributes:
        classes: Class id -> name.
        root: The folder of the image files.

    Raises:
        SourceError: If there is no XML file, or none has an object; and for a file that cannot be read, if it is not
            skipped.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        classes: Mapping[int, str] | None = None,
        split: str | None = None,
        base: Base = 1,
        images_dir: str | os.PathLike[str] | None = None,
        orientation: Orientation = "stored",
        refusals: Refusals | None = None,
    ) -> None:
        folder = Path(path)
        self.refusals = refusals or Refusals()
        self._base = base
        self._orientation: Orientation = orientation
        if not folder.is_dir():
            msg = "no such folder"
            raise SourceError(msg, reason="no-image", file=folder)
        self._annotations = folder / "Annotations" if (folder / "Annotations").is_dir() else folder
        beside = [place for name in ("JPEGImages", "images") if (place := folder / name).is_dir()]
        self.root = Path(images_dir) if images_dir is not None else beside[0] if beside else self._annotations
        files = [file for file in files_below(self._annotations) if file.suffix.lower() == ".xml"]
        self._files = files if split is None else _of_split(folder, self._annotations, split)
        if not self._files:
            msg = "there is no XML file in the folder or below"
            raise SourceError(msg, reason="no-image", file=self._annotations)
        self.classes = dict(classes) if classes is not None else dict(enumerate(self._names()))
        if not self.classes:
            msg = "no object is annotated, so class names are unknown; pass --classes FILE or a,b,c"
            raise SourceError(msg, reason="classes", file=self._annotations)
        self._ids = {name: number for number, name in self.classes.items()}
        self._suggestions = Suggestions(self._ids)

    def __len__(self) -> int:
        return len(self._files)

    def _names(self) -> list[str]:
        """The class names that occur; errors are reported when the files are read."""
        names: set[str] = set()
        for file in self._files:
            try:
                root = read_xml(file)
            except SourceError:
                continue
            names.update(name.text for one in root.find_all("object") if (name := one.find("name")) is not None and name.text)
        return sorted(names)

    def __iter__(self) -> Iterator[tuple[ImageInfo, PlainDetections | None]]:
        for file in self._files:
            try:
                root = read_xml(file)
                if root.tag != "annotation":
                    msg = f"the root element is <{root.tag[:60]}>; expected <annotation>"
                    raise SourceError(msg, reason="xml", file=file, line=root.line)
                check_count(sum(1 for _ in root.find_all("object")), file)
                image = self._image(root, file)
            except ExportError as error:
                self.refusals.refuse(error)
                continue
            yield image, self._detections(root, file)

    def _image(self, root: Node, file: Path) -> ImageInfo:
        named = root.find("filename")
        name = named.text if named is not None else ""
        image = self._image_file(name, file)
        stated = _size(root, file)
        if image is None:
            if stated is None:
                msg = f"there is no <size> of at least 1 x 1 px, and no image file {quoted(name)} in {self.root} to read it from"
                raise SourceError(msg, reason="image-size", file=file, line=root.line)
            if not name:
                msg = "there is no <filename>, and no image file with the name of the XML file"
                raise SourceError(msg, reason="file-name", file=file, line=root.line)
            self.refusals.notes["missing image files, whose size is taken from the XML"] += 1
            return ImageInfo(name, *stated)
        try:
            real = header_size(image, self._orientation)
        except ImportError:
            if stated is None:
                raise
            self.refusals.notes[_WITHOUT] += 1
            real = stated
        if stated is not None and stated != real:
            turned = "; if its EXIF orientation rotates the image, pass --orientation exif" if stated == real[::-1] else ""
            size = root.find("size")
            msg = f"<size> is {stated[0]}x{stated[1]} px, the image {image} is {real[0]}x{real[1]} px (width x height){turned}"
            raise SourceError(msg, reason="image-size", file=file, line=size.line if size is not None else None)
        return ImageInfo(file_name_of(image, str(self.root)), *real)

    def _image_file(self, name: str, file: Path) -> Path | None:
        """The image file of an XML file: that of its `<filename>`, else of its own name."""
        below = file.parent.relative_to(self._annotations)
        stem = [f"{file.stem}{ending}" for last in sorted(IMAGE_SUFFIXES) for ending in (last, last.upper())]
        for folder in dict.fromkeys((self.root / below, self.root)):
            for candidate in (name, *stem):
                # Only names: a path in <filename> is one on the annotator's machine.
                if candidate and Path(candidate).name == candidate and (folder / candidate).is_file():
                    return folder / candidate
        if name and not Path(name).is_absolute() and ".." not in Path(name).parts and (self.root / name).is_file():
            return self.root / name
        return None

    def _detections(self, root: Node, file: Path) -> PlainDetections | None:
        found: list[_Object] = []
        nested: Counter[str] = Counter()
        for node in root.find_all("object"):
            try:
                found.append(self._object(node, file, nested))
            except SourceError as error:
                self.refusals.refuse(error)
        for tag, count in nested.items():
            self.refusals.notes[f"<{tag}> of objects, not written"] += count
        if not found:
            return None
        columns = sorted({name for one in found for name in one.attributes})
        return PlainDetections(
            xyxy=np.array([one.xyxy for one in found]),
            class_id=np.array([self._ids[one.name] for one in found]),
            data={name: [one.attributes.get(name) for one in found] for name in columns},
        )

    def _object(self, node: Node, file: Path, nested: Counter[str]) -> _Object:
        name, box = node.find("name"), node.find("bndbox")
        if name is None or not name.text:
            msg = "the object has no <name>"
            raise SourceError(msg, reason="xml-object", file=file, line=node.line)
        if name.text not in self._ids:
            msg = f"the object's class {quoted(name.text)} is not one of the {len(self._ids)} classes; {self._suggestions.hint(name.text)}"
            raise SourceError(msg, reason="class-unknown", file=file, line=name.line)
        if box is None:
            msg = "the object has no <bndbox>"
            raise SourceError(msg, reason="xml-object", file=file, line=node.line)
        left, top, right, bottom = (_number(box, edge, file) for edge in _EDGES)
        xyxy = (left - self._base, top - self._base, right, bottom)
        if xyxy[2] <= xyxy[0] or xyxy[3] <= xyxy[1]:
            msg = f"the box {left:g}, {top:g}, {right:g}, {bottom:g} is {xyxy[2] - xyxy[0]:g} x {xyxy[3] - xyxy[1]:g} px with --voc-base {self._base}"
            raise SourceError(msg, reason="box-not-positive", file=file, line=box.line)
        attributes: dict[str, JsonValue] = {}
        for child in node.children:
            if child.tag in ("name", "bndbox"):
                continue
            if child.children or child.tag in RESERVED:
                nested[child.tag] += 1
            else:
                attributes[child.tag] = int(child.text) if child.tag in _FLAGS and child.text in ("0", "1") else child.text
        return _Object(name.text, node.line, xyxy, attributes)


def _of_split(folder: Path, annotations: Path, split: str) -> list[Path]:
    listing = folder / "ImageSets" / "Main" / f"{split}.txt"
    if not listing.is_file():
        msg = f"the list of images of the split {quoted(split)} does not exist"
        raise SourceError(msg, reason="split", file=listing)
    # A list for one class has 1 or -1 after the name.
    names = dict.fromkeys(line.split()[0] for line in text_lines(read_text(listing)) if line.strip())
    return [annotations / f"{name}.xml" for name in names]


def _size(root: Node, file: Path) -> tuple[int, int] | None:
    """Width and height in the XML; None if they are missing, or 0, as some tools write."""
    size = root.find("size")
    if size is None:
        return None
    sides = []
    for tag in ("width", "height"):
        node = size.find(tag)
        if node is None or not node.text:
            return None
        if not node.text.isascii() or not node.text.isdigit() or len(node.text) > 9:
            msg = f"<{tag}> is {quoted(node.text)}; expected an integer number of pixels"
            raise SourceError(msg, reason="image-size", file=file, line=node.line)
        sides.append(int(node.text))
    return (sides[0], sides[1]) if min(sides) else None


def _number(box: Node, tag: str, file: Path) -> float:
    node = box.find(tag)
    if node is None:
        msg = f"the <bndbox> has no <{tag}>"
        raise SourceError(msg, reason="xml-object", file=file, line=box.line)
    try:
        value = float(node.text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in node.text:
        msg = f"<{tag}> is {quoted(node.text)}; expected a number of pixels"
        raise SourceError(msg, reason="xml-object", file=file, line=node.line)
    return value


_VOC_BASE = SourceOption(
    name="voc-base",
    choices=("1", "0"),
    default="1",
    help="1: pixels counted from 1, the last one included (w = xmax - xmin + 1). 0: edges counted from 0 (w = xmax - xmin).",
)


def _open(request: SourceRequest) -> OpenSource:
    source = VocSource(
        request.path,
        classes=request.classes,
        split=request.text(SPLIT),
        base=0 if request.text(_VOC_BASE) == "0" else 1,
        images_dir=request.folder(IMAGES),
        orientation=request.orientation(),
        refusals=request.refusals,
    )
    return OpenSource(images=source, classes=source.classes)


FORMAT = SourceFormat(
    name="voc",
    summary="Write a folder of Pascal VOC XML files.",
    details="SOURCE contains Annotations and JPEGImages, or the XML files. Sizes are compared with the image files that exist.",
    open=_open,
    options=(_VOC_BASE, SPLIT, IMAGES, ORIENTATION),
)
