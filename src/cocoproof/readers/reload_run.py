"""Runs the real readers on a file: on the entire file, or on a sample of complete images of a large one."""

from __future__ import annotations

import enum
import importlib.util
import os
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.column import WrittenForm
from cocoproof.model.budgets import affordable
from cocoproof.model.dialects import OF_OWN_READERS, WITHOUT_BOXES
from cocoproof.model.findings import Kind
from cocoproof.readers import Ending, Limits, Loader, LossRows, ReloadLoss, ReloadOutcome, ReloadProcess, ReloadRequest
from cocoproof.reading.kinds import VIDEO_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from types import TracebackType

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Dataset
    from cocoproof.input_files.mapped_text import MappedText
    from cocoproof.model.json_types import JsonPath as DocumentPath
    from cocoproof.reading.document import Document
    from cocoproof.reading.source import Source

__all__ = ["SAMPLE_BYTES", "SUPERVISED", "WHOLE_BYTES", "Readers", "ReloadMode", "Reloads"]

WHOLE_BYTES = 4 << 20
"""Up to this size (4 MiB) `auto` reloads the whole file: loading, decoding and evaluating it takes pycocotools about a second a MiB."""

SAMPLE_BYTES = 1 << 20
"""Above it, whole images are taken, evenly spread over the file, until they fill about 1 MiB."""


_PIECE = 1 << 20

SUPERVISED = frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS})
"""Kinds that supervision can load; it rejects all others."""


class ReloadMode(str, enum.Enum):
    """How much of a file goes through pycocotools and supervision."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class _Sample:
    """The rows of the file in the sample, in order."""

    images: NDArray[np.int64]
    annotations: NDArray[np.int64]
    remark: str


class Readers:
    """The child processes of a run, one per reader. They serve file after file, because starting one costs more than a small file.

    They start at once, so that they import their readers while the first file is read. Use as a context manager.
    """

    def __init__(self, loaders: Iterable[Loader], limits: Limits | None = None, *, late: Collection[Loader] = ()) -> None:
        """Start a process for each loader; for `supervision` only if it is installed. One for `lvis` starts with the first LVIS file.

        Args:
            loaders: The readers that may be asked.
            limits: The limits of each process.
            late: Those whose process starts with the first file that they are sent.
        """
        self._limits = limits or Limits()
        self.supervision_installed = importlib.util.find_spec("supervision") is not None
        self.lvis_installed = importlib.util.find_spec("lvis") is not None
        wanted = [loader for loader in loaders if loader is not Loader.SUPERVISION or self.supervision_installed]
        self._loaders = tuple(wanted)
        self._processes = {loader: ReloadProcess.start(loader, self._limits) for loader in wanted if loader not in late}
        self._served = dict.fromkeys(wanted, 0)

    def __enter__(self) -> Readers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in self._processes.values():
            process.close()

    @property
    def loaders(self) -> tuple[Loader, ...]:
        """The readers that were asked for, if available."""
        return self._loaders

    def submit(self, loader: Loader, request: ReloadRequest) -> None:
        """Send a file to a reader, without waiting; to a new process if the last one has ended."""
        if loader not in self._processes or not self._processes[loader].alive:
            self._restart(loader)
        self._processes[loader].submit(request)
        self._served[loader] += 1

    def result(self, loader: Loader, request: ReloadRequest) -> ReloadOutcome:
        """Wait for a reader's reply.

        If a process dies, an earlier file may have damaged it, so the file is tried again in a new process.
        """
        outcome = self._processes[loader].result()
        if outcome.ending in {Ending.DIED, Ending.LIMIT} and self._served[loader] > 1:
            self._restart(loader)
            self.submit(loader, request)
            outcome = self._processes[loader].result()
        return outcome

    def _restart(self, loader: Loader) -> None:
        if loader in self._processes:
            self._processes[loader].close()
        self._processes[loader] = ReloadProcess.start(loader, self._limits)
        self._served[loader] = 0


class Reloads:
    """The reloads of one file. Use as a context manager, which removes temporary files."""

    def __init__(self, readers: Readers, mode: ReloadMode = ReloadMode.AUTO) -> None:
        """Prepare to use these readers."""
        self._mode = mode
        self._readers = readers
        self._request: ReloadRequest | None = None
        self._outcomes: dict[Loader, ReloadOutcome] = {}
        self._asked: set[Loader] = set()
        self._unneeded: dict[Loader, str] = {}
        self._foreign: str | None = None
        self._dataset_loader = Loader.PYCOCOTOOLS
        self._sample: _Sample | None = None
        self._too_large: str | None = None
        self._files: list[Path] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Reloads:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        # Do not wait for readers if the run is aborted; their processes end with it.
        for loader in self._asked - self._outcomes.keys() if error is None else ():
            self.outcome(loader)  # the outcome was not used, but the reader must be free for the next file
        for path in self._files:
            path.unlink(missing_ok=True)

    @property
    def remark(self) -> str | None:
        """The remark that only a sample was reloaded, and its size; None for an entire file."""
        return None if self._sample is None else self._sample.remark

    def submit(self, document: Document, truth: Document | None, unneeded: Callable[[Document], str | None] | None = None) -> None:
        """Send the document to the readers. The rules use the outcomes later.

        Args:
            document: What was read.
            truth: The ground truth of a results list.
            unneeded: Why supervision need not load the document, or None; it is called when the other readers are at work.
        """
        coco = document.dataset
        if coco is None or coco.kind in VIDEO_KINDS:
            return
        if OF_OWN_READERS.intersection(coco.dialects):
            self._foreign = " and ".join(f"not for {one.label} files" for one in coco.dialects if one in OF_OWN_READERS)
            return
        if coco.kind is Kind.RESULTS and truth is None:
            return
        segmentation = coco.annotations.segmentation
        unsafe = np.union1d(np.flatnonzero(segmentation.defective), segmentation.rle_rows[segmentation.rle_faults != 0])
        if segmentation.forms is not None:  # read as polygons here, and something else to pycocotools
            unsafe = np.union1d(unsafe, np.flatnonzero(segmentation.forms.codes))
        large = len(document.source.data) > WHOLE_BYTES
        if self._mode is ReloadMode.AUTO and large and coco.kind is not Kind.RESULTS:
            sample = _sample(document, coco)
            if isinstance(sample, str):
                self._too_large = sample
                return
            self._sample = sample
            path = self._write(_sample_text(document, self._sample))
            unsafe = np.flatnonzero(np.isin(self._sample.annotations, unsafe))
        else:
            path = self._file_of(document.source)
        truth_path = None if truth is None or coco.kind is not Kind.RESULTS else self._file_of(truth.source)
        self._request = ReloadRequest(path, coco.kind, tuple(unsafe.tolist()), truth_path)
        five = coco.annotations.bbox.forms is not None and coco.annotations.bbox.forms.are(WrittenForm.ORIENTED).any()
        for loader in sorted(self._readers.loaders, key=lambda one: one is Loader.SUPERVISION):
            if loader is Loader.SUPERVISION and five:
                self._unneeded[loader] = "supervision reads upright boxes, and bbox has five numbers"
                continue
            boxless = [one.label for one in coco.dialects if one in WITHOUT_BOXES]
            if loader is Loader.SUPERVISION and boxless and unneeded is not None:
                self._unneeded[loader] = f"supervision reads boxes, which {boxless[0]} annotations do not have"
                continue
            if loader is Loader.PYCOCOTOOLS and coco.kind is Kind.LVIS and self._readers.lvis_installed:
                loader = self._dataset_loader = Loader.LVIS
            if loader is Loader.SUPERVISION:
                if coco.kind not in SUPERVISED:
                    continue
                reason = None if unneeded is None else unneeded(document)
                if reason is not None:
                    self._unneeded[loader] = reason
                    continue
            self._readers.submit(loader, self._request)
            self._asked.add(loader)

    @property
    def dataset_loader(self) -> Loader:
        """The reader for COCO901 to COCO903: `lvis` for LVIS files where it is installed, else pycocotools."""
        return self._dataset_loader

    def unavailable(self, loader: str) -> str | None:
        """Why a loader has nothing to say; None where it has."""
        wanted = self._dataset_loader if loader == Loader.PYCOCOTOOLS.value else Loader(loader)
        if wanted in self._asked:
            return None
        if self._foreign is not None:
            return self._foreign
        if wanted is Loader.SUPERVISION and not self._readers.supervision_installed:
            return "supervision is not installed (pip install 'cocoproof[supervision]')"
        if wanted in self._unneeded:
            return self._unneeded[wanted]
        if self._too_large is not None:
            return self._too_large
        return "results are reloaded with their ground truth alone (--gt FILE)"

    def outcome(self, loader: Loader) -> ReloadOutcome:
        """The outcome of the reload; waits for it. Pointers are those of the file, also for a sample."""
        with self._lock:  # the rules of a large file run side by side
            if loader not in self._outcomes:
                if self._request is None:
                    msg = f"{loader.value} was not asked"
                    raise RuntimeError(msg)
                outcome = self._readers.result(loader, self._request)
                if self._sample is not None:
                    outcome = _translate(outcome, self._sample)
                self._outcomes[loader] = outcome
            return self._outcomes[loader]

    def _file_of(self, source: Source) -> str:
        """A plain JSON file with the document, for the child to open."""
        return str(Path(source.path).absolute()) if source.is_file else self._write(source.data)

    def _write(self, data: bytes | MappedText) -> str:
        import tempfile

        handle, name = tempfile.mkstemp(prefix="cocoproof-", suffix=".json")
        self._files.append(Path(name))
        with os.fdopen(handle, "wb") as file:
            for start in range(0, len(data), _PIECE):  # of a mapped file no more than this is copied
                file.write(data[start : start + _PIECE])
        return name


def _sample(document: Document, coco: Dataset) -> _Sample | str:
    """Whole images, evenly spread, whose annotations make up about SAMPLE_BYTES of text; why there are none where none is short enough."""
    rows = document.locator.rows
    own = _text_bytes(rows.get(("images",)), coco.images.n, document)
    of_annotations = _text_bytes(rows.get(("annotations",)), coco.annotations.n, document)
    held = coco.annotations.image_row >= 0
    own += np.bincount(coco.annotations.image_row[held], of_annotations[held], coco.images.n)[: coco.images.n].astype(np.int64)
    fixed = int(_text_bytes(rows.get(("categories",)), coco.categories.n, document).sum())
    if fixed > WHOLE_BYTES:
        return "not checked: the categories alone are too long for a sample (--reload always takes the whole file)"
    share = SAMPLE_BYTES / len(document.source.data)
    wanted = max(1, round(coco.images.n * share))
    # Evenly spread rather than drawn: the same file gives the same sample, and growing files keep most of it.
    images = np.unique(np.linspace(0, max(coco.images.n - 1, 0), wanted).astype(np.int64))[: coco.images.n]
    images = images[affordable(own[images], 4 * SAMPLE_BYTES)]
    if not len(images) and coco.images.n:
        shortest = int(own.argmin())
        if own[shortest] > 4 * SAMPLE_BYTES:
            return "not checked: no image with its annotations is short enough for a sample (--reload always takes the whole file)"
        images = np.array([shortest])
    chosen = np.zeros(coco.images.n + 1, bool)
    chosen[images] = True
    chosen[-1] = False
    annotations = np.flatnonzero(chosen[coco.annotations.image_row])
    remark = f"checked on a sample: {len(images):,} of {coco.images.n:,} images with {len(annotations):,} of {coco.annotations.n:,} annotations (--reload always uses all)"
    return _Sample(images, annotations, remark)


def _text_bytes(starts: NDArray[np.int64] | None, n: int, document: Document) -> NDArray[np.int64]:
    """About how many bytes of text each row of a section takes; the comma after it is counted. int64, shape (n,)."""
    if starts is None or not len(starts):
        return np.zeros(n, np.int64)
    return np.asarray(np.diff(starts, append=document.locator.end_of(int(starts[-1]))), np.int64)


def _sample_text(document: Document, sample: _Sample) -> bytes:
    data, rows = document.source.data, document.locator.rows

    def section(path: DocumentPath, chosen: NDArray[np.int64] | None) -> bytes:
        starts = rows.get(path)
        if starts is None:
            return b"[]"
        texts = []
        for row in range(len(starts)) if chosen is None else chosen.tolist():
            # A row reaches to the next one's start, less the comma and white space between; the last is walked.
            end = int(starts[row + 1]) if row + 1 < len(starts) else document.locator.end_of(int(starts[row]))
            texts.append(data[int(starts[row]) : end].rstrip(b" \t\r\n,"))
        return b"[" + b",\n".join(texts) + b"]"

    return (
        b'{"images": '
        + section(("images",), sample.images)
        + b', "annotations": '
        + section(("annotations",), sample.annotations)
        + b', "categories": '
        + section(("categories",), None)
        + b"}"
    )


def _translate(outcome: ReloadOutcome, sample: _Sample) -> ReloadOutcome:
    """The outcome with the sample's row numbers turned into the file's."""

    def place(pointer: str) -> str:
        parts = pointer.split("/")
        rows = {"images": sample.images, "annotations": sample.annotations}.get(parts[1] if len(parts) > 2 else "")
        if rows is None or not parts[2].isdigit() or int(parts[2]) >= len(rows):
            return pointer
        parts[2] = str(rows[int(parts[2])])
        return "/".join(parts)

    def back(loss: ReloadLoss) -> ReloadLoss:
        return replace(loss, pointer=place(loss.pointer), other=None if loss.other is None else place(loss.other))

    def rows_of(sort: LossRows) -> LossRows:
        rows = {"images": sample.images, "annotations": sample.annotations}.get(sort.table)
        return sort if rows is None else replace(sort, rows=tuple(rows[list(sort.rows)].tolist()))

    return replace(
        outcome,
        losses=tuple(map(back, outcome.losses)),
        loss_rows=tuple(map(rows_of, outcome.loss_rows)),
        evaluations=tuple(
            replace(one, causes=tuple(map(back, one.causes)), cause_rows=tuple(map(rows_of, one.cause_rows))) for one in outcome.evaluations
        ),
    )
