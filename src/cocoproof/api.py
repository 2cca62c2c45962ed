"""`cocoproof.check`: the verifier as a function."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cocoproof.checking.check_file import check_file, check_source, next_settings, start_readers
from cocoproof.model.findings import Report
from cocoproof.reading.source import read_document
from cocoproof.settings.keywords import read_keywords
from cocoproof.settings.resolve import resolve_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal, TypeGuard

    from cocoproof.checking.check_settings import CheckSettings
    from cocoproof.mapping import CategoryList
    from cocoproof.model.findings import FileReport, Kind
    from cocoproof.model.json_types import JsonValue
    from cocoproof.readers.reload_run import ReloadMode
    from cocoproof.rules.thresholds import Thresholds

__all__ = ["check"]


def check(
    path_or_document: str | os.PathLike[str] | JsonValue | Sequence[str | os.PathLike[str]],
    *,
    # generated: check keywords
    select: str | Sequence[str] = (),
    ignore: str | Sequence[str] = (),
    plugins: bool | None = None,
    profile: str | None = None,
    consumers: str | Sequence[str] = (),
    categories: CategoryList | str | os.PathLike[str] | None = None,
    contract: str | os.PathLike[str] | Mapping[str, object] | Literal[False] | None = None,
    contiguous: bool = False,
    gt: str | os.PathLike[str] | None = None,
    splits: bool | None = None,
    group_by: str | None = None,
    train: str | os.PathLike[str] | None = None,
    similar: bool = False,
    kind: Kind | str | None = None,
    images: str | os.PathLike[str] | bool = True,
    panoptic: str | os.PathLike[str] | None = None,
    decode: bool | None = None,
    reload: ReloadMode | Literal["auto", "always", "never"] = "auto",
    thresholds: Thresholds | None = None,
    baseline: str | os.PathLike[str] | Literal[False] | None = None,
    max_findings: int | None = 1000,
    # end of check keywords
) -> Report:
    """Check a COCO file, or a document in memory, by the rules.

    Args:
        path_or_document: A path (str or PathLike; `-` is standard input), or a document as `json.load` returns it: a
            dict, or a list of results. The files of a list of paths are checked one after another.
        select: Codes, prefixes (`COCO5`) and names of the rules to run, or one of them; none means all.
        ignore: Codes, prefixes and names of rules not to run, or one of them.
        plugins: Whether the rules of installed plug-ins run; None for yes.
        profile: The profile to apply, such as `release`; None for the rules as they are.
        consumers: The consumers of the file, such as `pycocotools`, or one of them: their rules and severities apply.
        categories: The expected categories, or the file that lists them.
        contract: The dataset contract, as a file or a dict as TOML has it; False for none, even if the configuration sets one.
        contiguous: Whether category ids must be contiguous.
        gt: The ground truth of a results list.
        splits: Whether the paths are splits of one dataset, to be compared with each other; None for the default of the profile.
        group_by: What must not be in two splits: `folder`, `video`, a field of the images, or a regular expression over file names
            whose group names it; None for videos that the files name.
        train: Which of the paths is the training split; None for those named train or training, or in a folder of that name.
        similar: Whether the images of splits are compared by perceptual hash, too, with each other and within each split. Decodes
            every image; needs Pillow.
        kind: Read the input as this kind instead of the detected one.
        images: The folder that `file_name` is relative to; True searches for it beside each file, False opens no image file.
        panoptic: The folder with the PNGs of a panoptic file; None searches for it beside the file, unless `images` is False.
        decode: Whether to decode every image, in child processes, instead of reading only headers; None for the default of the
            profile.
        reload: How much of a file goes through pycocotools and supervision: `auto` takes files up to 4 MiB completely and a sample
            of images of larger ones.
        thresholds: The numbers that rules compare with.
        baseline: The file of the accepted findings: they are not reported.
        max_findings: Findings listed per rule and file, None for all. Counts are exact either way.

    Returns:
        The report. Whatever is wrong with the input is a finding.

    Raises:
        UnknownRule: If `select` or `ignore` names no rule.
        UnknownProfile: If `profile` or `consumers` names none.
        CategoryListError: If the category list cannot be read.
        GroundTruthError: If the ground truth cannot be read.
        BaselineError: If the baseline cannot be read.
        ImagesError: If the folder of images cannot be opened, or images are to be decoded and Pillow is not installed.
        SettingsError: If `kind` or `reload` is not one of the known values, `max_findings` is negative, a threshold is out of range, all
            selected rules are ignored, `splits` is set and there are not two paths, or `similar` is set without splits or images.
            It is a ValueError, as all of the above are.
        TypeError: If a document in memory holds a value that JSON cannot express, or an option is of another type than declared here.
    """
    layer = read_keywords(
        {
            # generated: check values
            "select": select,
            "ignore": ignore,
            "plugins": plugins,
            "profile": profile,
            "consumers": consumers,
            "categories": categories,
            "contract": contract,
            "contiguous": contiguous,
            "gt": gt,
            "splits": splits,
            "group_by": group_by,
            "train": train,
            "similar": similar,
            "kind": kind,
            "images": images,
            "panoptic": panoptic,
            "decode": decode,
            "reload": reload,
            "thresholds": thresholds,
            "baseline": baseline,
            "max_findings": max_findings,
            # end of check values
        }
    )
    settings = resolve_settings([layer], files=[os.fspath(path) for path in path_or_document] if _all_paths(path_or_document) else [""])
    profiles = settings.policy.names
    if isinstance(path_or_document, str | os.PathLike):
        return Report(files=(check_source(path_or_document, settings),), profiles=profiles)
    if _all_paths(path_or_document):
        return Report(files=_check_all(path_or_document, settings), profiles=profiles)
    return Report(files=(check_source(read_document(path_or_document), settings),), profiles=profiles)  # type: ignore[arg-type]  # it is not a list of paths


def _all_paths(given: object) -> TypeGuard[Sequence[str | os.PathLike[str]]]:
    """Whether this is a list of paths and not a document: a list of results holds no str."""
    return isinstance(given, list | tuple) and bool(given) and all(isinstance(one, str | os.PathLike) for one in given)


def _check_all(paths: Sequence[str | os.PathLike[str]], settings: CheckSettings) -> tuple[FileReport, ...]:
    reports = []
    with start_readers(settings) as readers:
        for path in paths:
            checked = check_file(path, settings, readers)
            settings = next_settings(settings, checked)
            reports.append(checked.report)
    return tuple(reports)
