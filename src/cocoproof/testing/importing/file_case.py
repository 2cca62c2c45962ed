"""The input of an importer: a dataset, its categories, and the form of the file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cocoproof.testing.drawn import DrawnCase, mapping_code
from cocoproof.testing.importing.coco_file import coco_document
from cocoproof.testing.importing.file_form import FileForm

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FileCase", "FilePaths"]

_SHOWN = 1_500
"""Characters of a file that is shown with the code that writes it."""


@dataclass(frozen=True)
class FilePaths:
    """What an importer is given.

    Attributes:
        annotations: The JSON file.
        images: The folder of the images.
    """

    annotations: Path
    images: Path


@dataclass(frozen=True)
class FileCase(DrawnCase):
    """The input of an importer.

    Attributes:
        dataset: The images with their detections.
        mapping: Their classes to the categories of the file.
        form: How the file is written.
    """

    form: FileForm = field(default_factory=FileForm)

    def build(self, folder: str | Path) -> FilePaths:
        """Write the images into a folder, and the file into the folder `annotations` beside it.

        Raises:
            OSError: If they cannot be written.
        """
        images = Path(folder)
        images.mkdir(parents=True, exist_ok=True)
        self.dataset.build(images)
        annotations = images.parent / "annotations"
        annotations.mkdir(exist_ok=True)
        path = annotations / "instances_default.json"
        path.write_text(json.dumps(self.document(), ensure_ascii=False), encoding="utf-8")
        return FilePaths(path, images)

    def document(self) -> dict[str, Any]:
        """The document of the file."""
        return coco_document(self.dataset, self.mapping, self.form)

    def plainer(self) -> Iterator[FileCase]:
        """The same in plainer forms."""
        return (replace(self, form=form) for form in self.form.plainer())

    def code(self) -> str:
        """Python code that writes the file and the images into a `folder`, with the file's text if it is short."""
        text = json.dumps(self.document(), ensure_ascii=False)
        lines = [
            "from cocoproof import ClassMapping",
            "from cocoproof.mapping import Category",
            "from cocoproof.testing import DrawnDataset, DrawnImage, FileCase, FileForm",
            "",
            f"drawn = {self.dataset!r}",
            f"mapping = {mapping_code(self.mapping)}",
            f"case = FileCase(drawn, mapping, {self.form!r})",
            'paths = case.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path',
        ]
        return "\n".join([*lines, f"# {text}"] if len(text) <= _SHOWN else lines)

    def __repr__(self) -> str:
        return f"FileCase(\n{self.dataset!r},\n{mapping_code(self.mapping)},\n{self.form!r})"
