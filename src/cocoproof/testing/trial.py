"""One export of one drawn dataset: the file, and its content by independent readers."""

from __future__ import annotations

import contextlib
import itertools
import json
import time
import warnings
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from hypothesis.errors import UnsatisfiedAssumption

from cocoproof.roundtrip.compare import compare
from cocoproof.roundtrip.losses import LossKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.mapping import ClassMapping
    from cocoproof.readers.comparison_options import FieldNames, Reader
    from cocoproof.roundtrip.losses import RoundTripReport
    from cocoproof.testing.drawn import DrawnCase

__all__ = ["ExportUnreadable", "Exporter", "PropertyBroken", "Raised", "Trial", "quiet"]

_SHOWN = 5
"""Losses that a message lists."""


class PropertyBroken(AssertionError):
    """An exporter violates a property.

    Attributes:
        examples: The number of datasets until the first counterexample; 0 if it was not counted.
        case: The smallest counterexample; None if it was not searched for.
    """

    examples: int = 0
    case: DrawnCase | None = None


class Raised(PropertyBroken):
    """The export raised an error for a valid dataset, or returned no file."""


class ExportUnreadable(PropertyBroken):
    """The file does not have the sections of a dataset, or the reader cannot load it."""


class Exporter(Protocol):
    """The exporter under test: a subclass of a contract; `DrawnCase.export_by` calls it."""

    keys: FieldNames
    via: Reader


class Trial:
    """An exporter with one data set.

    Attributes:
        case: The data set and the mapping.
        exporter: The exporter under test.
        folder: A new folder; the images are in its `images`.
    """

    def __init__(self, case: DrawnCase, exporter: Exporter, folder: Path) -> None:
        self.case = case
        self.exporter = exporter
        self.folder = folder
        self._exports = itertools.count(1)
        self._raised: PropertyBroken | None = None
        self.moments: tuple[float, float] = (0.0, 0.0)
        """When the last export began and ended, in seconds since 1970."""

    @cached_property
    def dataset(self) -> Any:
        """What the exporter is given: the dataset with its own images."""
        return self.case.build(self.folder / "images")

    def call(self, dataset: Any, mapping: ClassMapping, folder: Path) -> object:
        """Call the exporter; returns what it returns, and raises what it raises."""
        return self.case.export_by(self.exporter, dataset, mapping, folder)

    def export(self, dataset: Any = None, folder: Path | None = None, mapping: ClassMapping | None = None) -> Path:
        """Export once, by default the trial's dataset by its mapping into a new folder.

        Raises:
            Raised: If the exporter raises, or does not return the path of a file in the folder.
        """
        into = self.folder / f"export-{next(self._exports)}" if folder is None else folder
        into.mkdir(exist_ok=True)
        given = self.dataset if dataset is None else dataset
        began = time.time()
        try:
            with quiet():
                written = self.call(given, mapping or self.case.mapping, into)
            self.moments = began, time.time()
        except UnsatisfiedAssumption:  # hypothesis.reject() and assume(): the exporter does not support this dataset
            raise
        except Exception as error:  # any exception for a valid dataset
            msg = f"export raised {type(error).__name__}: {error}"
            raise Raised(msg) from error
        if not isinstance(written, (str, Path)) or not Path(written).is_file():
            msg = f"export returned {written!r}, which is not the path of a file"
            raise Raised(msg)
        if not Path(written).resolve().is_relative_to(into.resolve()):
            msg = f"export returned {str(written)!r}, which is not in the folder that it was given"
            raise Raised(msg)
        return Path(written)

    @cached_property
    def path(self) -> Path:
        """The file of the first export.

        Raises:
            Raised: As `export`; an export that raised is not tried again.
        """
        if self._raised is not None:
            raise self._raised
        try:
            return self.export()
        except PropertyBroken as error:
            self._raised = error
            raise

    @cached_property
    def document(self) -> Any:
        """The file, decoded by Python's json.

        Raises:
            ExportUnreadable: If it is not JSON, or a section of a dataset is not a list of objects.
        """
        try:
            document = json.loads(self.path.read_bytes())
        except ValueError as error:
            msg = f"the file is not JSON: {error}"
            raise ExportUnreadable(msg) from None
        for section in ("images", "annotations", "categories"):
            rows = document.get(section) if isinstance(document, dict) else None
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                msg = f"the file has no list of {section}"
                raise ExportUnreadable(msg)
        return document

    @cached_property
    def report(self) -> RoundTripReport:
        """The content of the file by the exporter's reader, compared with the source; names are relative to the folder that holds all images."""
        return self.report_below(None)

    def report_below(self, images_dir: Path | None) -> RoundTripReport:
        """The same with names relative to a folder; None for the one that holds all images."""
        with quiet():
            exporter = self.exporter
            return compare(self.dataset, self.path, mapping=self.case.mapping, via=exporter.via, keys=exporter.keys, images_dir=images_dir)

    def expect_none(self, *kinds: LossKind) -> None:
        """Compare the file with the source.

        Raises:
            ExportUnreadable: If the file cannot be loaded.
            PropertyBroken: If there is a loss of one of these kinds.
        """
        losses = self.loaded(self.report).of(*kinds)
        if losses:
            more = [f"and {len(losses) - _SHOWN} more"] if len(losses) > _SHOWN else []
            raise PropertyBroken("\n".join([*map(str, losses[:_SHOWN]), *more]))

    def check_images(self) -> None:
        """Check that every image is in the file, with its size.

        Raises:
            PropertyBroken: If one is not.
        """
        self.expect_none(LossKind.IMAGE_MISSING, LossKind.IMAGE_SIZE)

    def loaded(self, report: RoundTripReport) -> RoundTripReport:
        """The report of a file that could be loaded.

        Raises:
            ExportUnreadable: If it could not.
        """
        if unread := report.of(LossKind.FILE):
            raise ExportUnreadable(str(unread[0]))
        return report


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Ignore warnings of libraries, which must not fail a suite that turns warnings into errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
