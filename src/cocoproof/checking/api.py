"""`cocoproof.check`: the verifier as a function."""

from __future__ import annotations

import operator
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cocoproof.checking.baseline import read_baseline
from cocoproof.checking.check_file import CheckOptions, check_file, check_source, start_readers
from cocoproof.checking.image_sources import ImageOptions, ImagesError
from cocoproof.images.decode_pool import PILLOW_EXTRA, pillow_installed
from cocoproof.mapping import CategoryList, read_category_list
from cocoproof.model.findings import Kind, Report
from cocoproof.profiles import PolicyRequirement, resolve_policy
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.defects import Unreadable
from cocoproof.reading.document import Document, read
from cocoproof.reading.source import read_document, read_source
from cocoproof.rules.catalogue import find
from cocoproof.rules.catalogue import select as select_rules
from cocoproof.rules.earlier_splits import EarlierSplits
from cocoproof.rules.thresholds import Thresholds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeGuard

    from cocoproof.model.findings import FileReport
    from cocoproof.model.json_types import JsonValue

__all__ = ["GroundTruthError", "check", "read_truth"]


class GroundTruthError(ValueError):
    """A ground truth that results cannot be held to: unreadable, or itself no COCO dataset."""


def check(
    path_or_document: str | os.PathLike[str] | JsonValue | Sequence[str | os.PathLike[str]],
    *,
    select: str | Sequence[str] = (),
    ignore: str | Sequence[str] = (),
    kind: Kind | str | None = None,
    categories: CategoryList | str | os.PathLike[str] | None = None,
    contiguous: bool = False,
    gt: str | os.PathLike[str] | None = None,
    splits: bool | None = None,
    similar: bool = False,
    profile: str | None = None,
    consumers: str | Sequence[str] = (),
    thresholds: Thresholds | None = None,
    reload: ReloadMode | Literal["auto", "always", "never"] = "auto",
    max_findings: int | None = 1000,
    images: str | os.PathLike[str] | bool = True,
    panoptic: str | os.PathLike[str] | None = None,
    decode: bool | None = None,
    baseline: str | os.PathLike[str] | None = None,
) -> Report:
    """Judge a COCO file, or a document in memory, by the rules.

    Args:
        path_or_document: A path (str or PathLike; `-` is standard input), or a document as `json.load` gives it: a
            dict, or a list of results. A list of paths is judged file by file.
        select: Codes, prefixes (`COCO5`) and names of the rules to run, or one of them; none means all.
        ignore: The same, not to run.
        kind: Read the input as this kind instead of the one it looks like.
        categories: The expected categories, or the file that lists them.
        contiguous: Whether category ids must be contiguous.
        gt: The ground truth that a results list is held to.
        splits: Whether the paths are the splits of one dataset, to be compared with each other; None for what the profile says.
        similar: Whether the images of splits are compared by how they look, too. Decodes every picture; needs Pillow.
        profile: The profile to hold the input to, such as `release`; None for the catalogue as it is.
        consumers: Who is to read the input, such as `pycocotools`, or several: the severities are theirs.
        thresholds: The numbers that rules compare with.
        reload: How much of a file goes through pycocotools and supervision: `auto` takes files up to 8 MiB whole and
            a sample of whole images of larger ones.
        max_findings: Findings listed a rule and file, None for all. Counts are exact either way.
        images: The folder that `file_name` is relative to; True looks for it beside each file, False opens no image file.
        panoptic: The folder of the PNGs of a panoptic file; None looks for it beside the file, unless `images` is False.
        decode: Whether to decode every picture, in child processes; else headers are read alone. None for what the profile says.
        baseline: The file of the defects that are accepted: they are no findings.

    Returns:
        The report. Whatever is wrong with the input is a finding.

    Raises:
        UnknownRule: If `select` or `ignore` names no rule.
        UnknownProfile: If `profile` or `consumers` names none.
        CategoryListError: If the category list cannot be read.
        GroundTruthError: If the ground truth cannot be read.
        BaselineError: If the baseline cannot be read.
        ImagesError: If the folder of images cannot be opened, or `decode` is asked for and Pillow is not installed.
        TypeError: If a document in memory holds what JSON has no form for, or `max_findings` is no whole number.
        ValueError: If `kind` or `reload` is none of the known words, `max_findings` is negative, or `splits` is asked for and
            there are no two paths, or `similar` without splits or images.
    """
    select, ignore, consumers = ((given,) if isinstance(given, str) else given for given in (select, ignore, consumers))
    if max_findings is not None and operator.index(max_findings) < 0:
        msg = f"max_findings is a count, or None for all, not {max_findings}"
        raise ValueError(msg)
    if kind == Kind.UNKNOWN:
        msg = "kind unknown is what a file is found to be, not one to read it as"
        raise ValueError(msg)
    held_to = resolve_policy(profile, consumers)
    several = _all_paths(path_or_document) and len(path_or_document) > 1
    if splits is None:
        splits = several and PolicyRequirement.SPLITS in held_to.demands
    if decode and images is False:
        msg = "decode looks at image files, and images=False opens none"
        raise ValueError(msg)
    if decode is None:
        decode = PolicyRequirement.DECODE in held_to.demands
    options = CheckOptions(
        rules=select_rules(select, ignore, held_to.off),
        ignored=frozenset(rule.code for given in ignore for rule in find(given)),
        kind=None if kind is None else Kind(kind),
        expected=categories if categories is None or isinstance(categories, CategoryList) else read_category_list(Path(categories)),
        contiguous=contiguous,
        truth=None if gt is None else read_truth(gt),
        thresholds=thresholds or Thresholds(),
        max_findings=max_findings,
        reload=ReloadMode(reload),
        splits=EarlierSplits(similar=similar) if splits else None,
        standard=held_to,
        images=ImageOptions(
            root=None if isinstance(images, bool) else os.fspath(images),
            panoptic=None if panoptic is None else os.fspath(panoptic),
            guess=images is not False,
            decode=decode,
        ),
        baseline=None if baseline is None else read_baseline(Path(baseline)),
    )
    if splits and not several:
        msg = "splits are compared with each other: give a list of two paths or more"
        raise ValueError(msg)
    if similar and (options.splits is None or options.images is None or not options.images.opens_images):
        msg = "similar compares the images of splits: it needs splits=True, and images not False"
        raise ValueError(msg)
    if similar and not pillow_installed():
        msg = f"similar decodes pictures: {PILLOW_EXTRA}"
        raise ImagesError(msg)
    if isinstance(path_or_document, str | os.PathLike):
        return Report(files=(check_source(path_or_document, options),), profiles=held_to.names)
    if _all_paths(path_or_document):
        return Report(files=_check_all(path_or_document, options), profiles=held_to.names)
    return Report(files=(check_source(read_document(path_or_document), options),), profiles=held_to.names)  # type: ignore[arg-type]  # paths were judged above


def _all_paths(given: object) -> TypeGuard[Sequence[str | os.PathLike[str]]]:
    """Whether this is a list of paths, and no document: a list of results holds no text."""
    return isinstance(given, list | tuple) and bool(given) and all(isinstance(one, str | os.PathLike) for one in given)


def _check_all(paths: Sequence[str | os.PathLike[str]], options: CheckOptions) -> tuple[FileReport, ...]:
    reports = []
    with start_readers(options) as readers:
        for path in paths:
            examined = check_file(path, options, readers)
            options = options.after(examined)
            reports.append(examined.report)
    return tuple(reports)


def read_truth(path: str | os.PathLike[str]) -> Document:
    """Read the ground truth of results.

    Raises:
        GroundTruthError: If it cannot be read, or is no dataset.
    """
    try:
        document = read(read_source(path))
    except Unreadable as error:
        msg = f"ground truth {os.fspath(path)}: {error}"
        raise GroundTruthError(msg) from None
    if document.dataset is None or document.kind is Kind.RESULTS:
        why = document.defects[0].message if document.defects else "it is a list of results, not a dataset"
        msg = f"ground truth {os.fspath(path)}: {why}"
        raise GroundTruthError(msg)
    return document
