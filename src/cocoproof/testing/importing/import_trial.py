"""One reading of one file: what the importer holds, and what the file does."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hypothesis.errors import UnsatisfiedAssumption
from supervision import DetectionDataset

from cocoproof.testing.importing.imported import ImportedDataset, from_supervision
from cocoproof.testing.importing.oracle import content_of
from cocoproof.testing.importing.pairing import annotation_pairs, image_pairs
from cocoproof.testing.trial import Raised, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cocoproof.testing.importing.file_case import FileCase, FilePaths
    from cocoproof.testing.importing.imported import ImportedAnnotation, ImportedImage
    from cocoproof.testing.importing.pairing import Pair, Paired

__all__ = ["ImportTrial"]


class ImportTrial:
    """An importer with one file.

    Attributes:
        case: The content and the form of the file.
        importer: The importer under test: a subclass of `ImporterContract`.
        folder: A new folder; the images are in its `images`, the file in its `annotations`.
    """

    def __init__(self, case: FileCase, importer: Any, folder: Path) -> None:
        self.case = case
        self.importer = importer
        self.folder = folder
        self._raised: Raised | None = None

    @cached_property
    def dataset(self) -> FilePaths:
        """What the importer is given: the file and the images."""
        return self.case.build(self.folder / "images")

    @cached_property
    def wanted(self) -> ImportedDataset:
        """What the file holds."""
        return content_of(json.loads(self.dataset.annotations.read_text(encoding="utf-8")))

    def call(self, paths: FilePaths, *_: object) -> object:
        """Call the importer; returns what it returns, and raises what it raises."""
        return self.importer.load(paths.annotations, paths.images)

    def load(self, paths: FilePaths | None = None) -> ImportedDataset:
        """Read once, by default the trial's file.

        Raises:
            Raised: If the importer raises, or returns something else than a dataset.
        """
        given = paths or self.dataset
        try:
            with quiet():
                found = self.call(given)
                if isinstance(found, DetectionDataset):
                    found = from_supervision(found, given.images)
        except UnsatisfiedAssumption:  # hypothesis.reject() and assume(): the importer does not support this file
            raise
        except Exception as error:  # any exception for a valid file
            msg = f"load raised {type(error).__name__}: {error}"
            raise Raised(msg) from error
        if not isinstance(found, ImportedDataset):
            msg = f"load returned {type(found).__name__}, which is neither an ImportedDataset nor supervision's DetectionDataset"
            raise Raised(msg)
        return found

    @cached_property
    def found(self) -> ImportedDataset:
        """What the importer holds of the file.

        Raises:
            Raised: As `load`; a file at which it raised is not tried again.
        """
        if self._raised is not None:
            raise self._raised
        try:
            return self.load()
        except Raised as error:
            self._raised = error
            raise

    @cached_property
    def images(self) -> Paired[ImportedImage]:
        """The images of the file beside those of the importer."""
        return image_pairs(self.wanted, self.found)

    @cached_property
    def annotations(self) -> list[tuple[ImportedImage, Paired[ImportedAnnotation]]]:
        """The annotations of each image that both have."""
        return [(pair.wanted, annotation_pairs(pair.wanted, pair.found)) for pair in self.images.pairs]

    def pairs(self) -> Iterator[tuple[ImportedImage, int, Pair[ImportedAnnotation]]]:
        """Each annotation that both have, with its image and its place among the image's annotations in the file."""
        for image, paired in self.annotations:
            places = {id(own): place for place, own in enumerate(image.annotations)}
            for pair in paired.pairs:
                yield image, places[id(pair.wanted)], pair
