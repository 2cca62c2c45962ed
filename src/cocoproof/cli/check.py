"""`cocoproof check`."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cocoproof.cli.baseline import open_baseline, place_of, remind, update, without
from cocoproof.cli.codes import Codes
from cocoproof.cli.configuration import Configuration, config_option, configuration_here, make_thresholds, standard_of
from cocoproof.cli.formats import FormatName, wanted, write_all
from cocoproof.cli.param_types import Consumers, complete_profile
from cocoproof.cli.paths import expand
from cocoproof.cli.progress import Progress
from cocoproof.model.findings import Kind, Report, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cocoproof.checking.check_file import CheckOptions
    from cocoproof.checking.image_sources import ImageOptions
    from cocoproof.reports.report_format import ReportRenderer
    from cocoproof.rules.rule import Rule

__all__ = ["KINDS", "check", "make_options", "make_severity", "with_splits"]

KINDS = [kind.value for kind in Kind if kind is not Kind.UNKNOWN]
"""What `--kind` takes."""


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--select",
    type=Codes(),
    multiple=True,
    metavar="CODES",
    help="Run these rules alone: codes, prefixes (COCO5) or names, with commas between.",
)
@click.option("--ignore", type=Codes(), multiple=True, metavar="CODES", help="Do not run these rules.")
@click.option(
    "--profile", metavar="NAME", shell_complete=complete_profile, help="Hold the files to a profile: release, or default for none."
)
@click.option(
    "--for",
    "consumers",
    type=Consumers(),
    multiple=True,
    metavar="NAMES",
    help="Take the rules and severities from what these consumers' loaders do: pycocotools, supervision, torchvision, detectron2, ultralytics, rf-detr, cvat, with commas between.",
)
@click.option(
    "--categories",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Hold the file to this list of categories: names one a line, TOML, JSON, YAML, or a COCO file.",
)
@click.option("--contiguous/--no-contiguous", default=None, help="Ask for contiguous category ids (COCO404 becomes an error).")
@click.option("--gt", type=click.Path(path_type=Path), metavar="FILE", help="The ground truth that results lists are held to.")
@click.option("--splits/--no-splits", default=None, help="The files are splits of one dataset: compare them with each other.")
@click.option(
    "--similar/--no-similar", default=None, help="Compare the images of splits by how they look, too. Decodes every picture; needs Pillow."
)
@click.option("--kind", type=click.Choice(KINDS), help="Read the files as this kind instead of the one they look like.")
@click.option(
    "--images",
    metavar="DIR",
    help="The folder that file_name is relative to; else it is looked for beside each file.",
)
@click.option("--panoptic", metavar="DIR", help="The folder with the PNGs of panoptic files; else it is looked for beside each file.")
@click.option("--no-images", is_flag=True, help="Open no image file.")
@click.option("--decode/--no-decode", default=None, help="Decode every picture, instead of reading headers alone. Needs Pillow.")
@click.option(
    "--reload",
    type=click.Choice(["auto", "always", "never"]),
    help="Reload through pycocotools (and supervision): whole files up to 8 MiB and a sample above (auto), always whole, or never.",
)
@click.option("--threshold", "thresholds", multiple=True, metavar="NAME=VALUE", help="Set a tolerance, such as box-tolerance=2.")
@click.option("--format", "format_", type=FormatName(), default="text", show_default=True, help="Format of the report.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the report to this file instead of standard output.",
)
@click.option(
    "--output-format",
    "others",
    type=(FormatName(), click.Path(path_type=Path, dir_okay=False)),
    multiple=True,
    metavar="FORMAT FILE",
    help="Write a report in this format to this file, in addition to that of --format. Repeatable.",
)
@click.option(
    "--fail-on", type=click.Choice([severity.value for severity in Severity]), help="Exit with 1 from this severity on.  [default: error]"
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Accept the defects that this file lists, and fail on others alone.",
)
@click.option("--no-baseline", is_flag=True, help="Accept none, whatever the configuration says.")
@click.option("--update-baseline", is_flag=True, help="Accept all that is found now: write it to the file of --baseline.")
@click.option(
    "--max-findings",
    type=click.IntRange(min=0),
    metavar="N",
    help="List at most N findings a rule and file; 0 lists all. Counts stay exact.  [default: 1000]",
)
@click.option(
    "--examples",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    metavar="N",
    help="Findings that the text report shows per rule and file.",
)
@click.option(
    "--fold-notes/--no-fold-notes", default=False, help="Show the notes of a file in one line of the text report, without messages."
)
@click.option("--color/--no-color", "colour", default=None, help="Colour the text report.  [default: only on a terminal]")
@config_option
def check(
    paths: tuple[str, ...],
    select: tuple[tuple[str, ...], ...],
    ignore: tuple[tuple[str, ...], ...],
    profile: str | None,
    consumers: tuple[tuple[str, ...], ...],
    categories: Path | None,
    contiguous: bool | None,
    gt: Path | None,
    splits: bool | None,
    similar: bool | None,
    kind: str | None,
    images: str | None,
    panoptic: str | None,
    no_images: bool,
    decode: bool | None,
    reload: str | None,
    thresholds: tuple[str, ...],
    format_: str,
    output: Path | None,
    others: tuple[tuple[str, Path], ...],
    fail_on: str | None,
    baseline: Path | None,
    no_baseline: bool,
    update_baseline: bool,
    max_findings: int | None,
    examples: int,
    fold_notes: bool,
    colour: bool | None,
    config: Path | None,
) -> int:
    """Judge COCO files by the rules.

    PATH is a file, a folder, a glob, or - for standard input; plain JSON or gzip.
    """
    configuration = configuration_here(config)
    options = make_options(
        configuration,
        tuple(word for words in select for word in words),
        tuple(word for words in ignore for word in words),
        profile,
        tuple(word for words in consumers for word in words),
        categories,
        contiguous,
        gt,
        splits,
        kind,
        reload,
        thresholds,
        max_findings,
        False if no_images else images,
        panoptic,
        decode,
    )
    threshold = make_severity(fail_on or configuration.values.get("fail-on"))
    files = expand(paths)
    accepted = place_of(configuration, baseline, none=no_baseline, recording=update_baseline)
    if accepted is not None:
        files = without(files, accepted)
        options = replace(options, baseline=open_baseline(accepted, recording=update_baseline))
    options = with_splits(options, configuration, files, splits, similar)
    kept = (
        dict.fromkeys(files, "it is judged")
        | configuration.inputs(categories, gt)
        | ({} if accepted is None else {str(accepted): "it is the baseline"})
    )
    reports = wanted(format_, output, others, kept)
    options = replace(options, fingerprints=any(one.format.needs_fingerprints for one in reports))
    root = options.images.root if options.images else None
    renderers = [
        (one, one.renderer(colour=colour, examples=examples, fail_on=threshold, files=len(files), images=root, fold_notes=fold_notes))
        for one in reports
    ]
    report = _run(files, options, [renderer for one, renderer in renderers if one.format.needs_documents])
    write_all(report, renderers)
    if update_baseline and accepted is not None and options.baseline is not None:
        update(accepted, options.baseline, report)
    elif not any(one.format.lists_resolved for one in reports):
        remind(report)
    return report.exit_code(threshold)


def with_splits(
    options: CheckOptions, configuration: Configuration, files: Sequence[object], splits: bool | None = None, similar: bool | None = None
) -> CheckOptions:
    """The options with what the files are to be compared by: `splits` and `similar` are the words of the command line, over the configuration.

    Raises:
        click.UsageError: If there is nothing to compare, or nothing to compare with.
    """
    from cocoproof.images.decode_pool import PILLOW_EXTRA, pillow_installed
    from cocoproof.profiles import PolicyRequirement
    from cocoproof.rules.earlier_splits import EarlierSplits

    if splits and len(files) < 2:
        msg = "--splits compares files with each other, and there is only one"
        raise click.UsageError(msg)
    settled = splits is not None or configuration.values.get("splits") is not None
    if not settled and len(files) > 1 and PolicyRequirement.SPLITS in options.standard.demands:
        options = replace(options, splits=options.splits or EarlierSplits())
    if not (configuration.values.get("similar", False) if similar is None else similar):
        return options
    if options.splits is None or options.images is None or not options.images.opens_images:
        msg = "--similar compares the images of splits: it needs --splits, and no --no-images"
        raise click.UsageError(msg)
    if not pillow_installed():
        msg = f"--similar decodes pictures: {PILLOW_EXTRA}"
        raise click.UsageError(msg)
    return replace(options, splits=replace(options.splits, similar=True))


def make_severity(word: object) -> Severity:
    """The severity that a word of `--fail-on` means; error for nothing.

    Raises:
        click.UsageError: If it means none.
    """
    try:
        return Severity(word or "error")
    except ValueError:
        msg = f"fail-on is error, warning or note, not {word!r}"
        raise click.UsageError(msg) from None


def make_options(
    configuration: Configuration,
    select: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
    profile: str | None = None,
    consumers: tuple[str, ...] = (),
    categories: Path | None = None,
    contiguous: bool | None = None,
    gt: Path | None = None,
    splits: bool | None = None,
    kind: str | None = None,
    reload: str | None = None,
    thresholds: tuple[str, ...] = (),
    max_findings: int | None = None,
    images: str | bool | None = None,
    panoptic: str | None = None,
    decode: bool | None = None,
) -> CheckOptions:
    """What to judge by: the options given, over the configuration, over the defaults.

    Raises:
        click.UsageError: If one of them means nothing, or names a file that cannot be read.
    """
    from cocoproof.checking.api import GroundTruthError, read_truth
    from cocoproof.checking.check_file import CheckOptions
    from cocoproof.mapping import CategoryListError, read_category_list
    from cocoproof.profiles import PolicyRequirement
    from cocoproof.readers.reload_run import ReloadMode
    from cocoproof.rules.catalogue import UnknownRule, find
    from cocoproof.rules.catalogue import select as select_rules
    from cocoproof.rules.earlier_splits import EarlierSplits

    values = configuration.values
    ignored = (*configuration.words("ignore"), *ignore)
    listed = categories or configuration.file("categories")
    truth = gt or configuration.file("gt")
    limit = max_findings if max_findings is not None else values.get("max-findings", 1000)
    standard = standard_of(configuration, profile, consumers)
    try:
        rules = select_rules(select or configuration.words("select"), ignored, standard.off)
        if not rules:
            msg = "all rules that were selected are ignored: nothing would be judged"
            raise ValueError(msg)
        kind = kind or values.get("kind")  # type: ignore[assignment]  # the configuration was validated
        return CheckOptions(
            rules=rules,
            ignored=frozenset(rule.code for given in ignored for rule in find(given)),
            kind=None if kind is None else Kind(kind),
            expected=None if listed is None else read_category_list(listed),
            contiguous=bool(values.get("contiguous", False)) if contiguous is None else contiguous,
            truth=None if truth is None else read_truth(truth),
            thresholds=make_thresholds(values.get("thresholds"), thresholds),
            max_findings=limit if isinstance(limit, int) and limit > 0 else None,
            reload=ReloadMode(reload or values.get("reload") or "auto"),
            splits=EarlierSplits() if (values.get("splits") if splits is None else splits) else None,
            standard=standard,
            images=_images(configuration, images, panoptic, decode, demanded=PolicyRequirement.DECODE in standard.demands),
        )
    except (UnknownRule, CategoryListError, GroundTruthError, ValueError) as error:
        raise click.UsageError(str(error)) from None


def _images(
    configuration: Configuration, given: str | bool | None, panoptic: str | None, decode: bool | None, *, demanded: bool
) -> ImageOptions:
    """Where image files lie, by the options (False for `--no-images`) over the configuration.

    They are decoded as the option says, or else the configuration, or else the profile (`demanded`).

    Raises:
        ValueError: If a folder cannot be opened, pictures cannot be decoded, or the options contradict each other.
    """
    from cocoproof.checking.image_sources import ImageOptions

    for option, place in (("--images", given), ("--panoptic", panoptic)):
        if place == "":  # a variable that nobody set; without a word nothing would be looked at
            msg = f"{option} is empty"
            raise ValueError(msg)
    if given is False and decode:
        msg = "--decode looks at image files, and --no-images opens none"
        raise ValueError(msg)
    none = given is False or (given is None and bool(configuration.values.get("no-images")))
    root = None if none else given or configuration.place("images")
    decoded = configuration.values.get("decode", demanded) if decode is None else decode
    options = ImageOptions(
        root=root if isinstance(root, str) else None,
        panoptic=panoptic or (None if none else configuration.place("panoptic")),
        guess=not none,
        decode=bool(decoded) and not none,
    )
    options.check()  # said before anything is read
    return options


def _run(files: list[str], options: CheckOptions, renderers: Sequence[ReportRenderer]) -> Report:
    from cocoproof.checking.check_file import check_file, start_readers

    steps = len(options.rules)
    places = {rule.code: place for place, rule in enumerate(options.rules)}
    reading = max(steps // 2, 1)  # reading a file takes about as long as half the rules
    reports = []
    with Progress(len(files) * (reading + steps)) as progress, start_readers(options) as readers:
        for k, file in enumerate(files):
            name, done = os.path.basename(file), k * (reading + steps)  # noqa: PTH119 # `-` is no path
            progress.show(f"{name}: reading", done)

            def tick(rule: Rule, name: str = name, start: int = done + reading) -> None:
                progress.show(f"{name}: {rule.code} {rule.name}", start + places.get(rule.code, 0))

            def watch(looked: int, total: int, name: str = name) -> None:
                progress.say(f"{name}: image files {looked:,} of {total:,}")

            examined = check_file(file, options, readers, tick=tick, watch=watch)
            options = options.after(examined)
            reports.append(examined.report)
            for renderer in renderers:
                renderer.add(examined)
    return Report(files=tuple(reports), profiles=options.standard.names)
