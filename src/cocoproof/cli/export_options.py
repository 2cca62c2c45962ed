"""The options that the commands of `cocoproof export` share, and the class mapping that they spell."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cocoproof.cli.numbers import FiniteRange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cocoproof.export.mask_options import EmptyMask, MaskMode, OnError, OrientedStyle
    from cocoproof.mapping import CategoryList, ClassMapping
    from cocoproof.mapping.class_matching import Names, Unmapped
    from cocoproof.sources.protocol import SourceOption

    Command = TypeVar("Command", bound=Callable[..., Any])

__all__ = [
    "ExportChoices",
    "class_table",
    "file_options",
    "format_options",
    "make_mapping",
    "mapping_options",
    "names_in",
    "names_of",
    "read_mapping",
    "source_options",
]

_LIST_SUFFIXES = (".toml", ".json", ".gz", ".zst", ".yaml", ".yml", ".txt", ".names", ".labels", ".pbtxt", ".py")


@dataclass
class ExportChoices:
    """The values of the shared options; None where an option is not set."""

    classes: str | None = None
    categories: str | None = None
    mapping: Path | None = None
    rename: tuple[tuple[str, str], ...] = ()
    drop: tuple[str, ...] = ()
    start: int | None = None
    unmapped: Unmapped | None = None
    keypoints: str | None = None
    masks: MaskMode = "auto"
    min_iou: float | None = None
    max_vertices: int | None = None
    empty_masks: EmptyMask = "error"
    segment_boxes: bool = False
    oriented_boxes: OrientedStyle = "corners"
    results: bool = False
    gt: Path | None = None
    task: str = "auto"
    indent: int | None = None
    on_error: OnError = "raise"
    first_image_id: int | None = None
    first_annotation_id: int | None = None
    verify: bool = True
    values: dict[str, str | Path | bool | None] = field(default_factory=dict)
    colour: bool | None = None

    def refuse_beside_mapping(self) -> None:
        """Refuse options that a mapping file sets as well.

        Raises:
            click.UsageError: Naming the option.
        """
        for name in ("classes", "categories", "rename", "drop", "start", "unmapped"):
            if getattr(self, name) not in (None, ()):
                msg = f"--{name} and --mapping exclude each other: the mapping file sets both"
                raise click.UsageError(msg)


class _Rename(click.ParamType):  # type: ignore[type-arg]  # generic only for type checkers in some releases
    """OLD=NEW."""

    name = "rename"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        old, equals, new = str(value).partition("=")
        if not equals or not old or not new:
            self.fail(f"{value!r} is not OLD=NEW (names with = in them go into a mapping file)", param, ctx)
        return old, new


def _keep(context: click.Context, parameter: click.Parameter, value: object) -> None:
    choices = context.ensure_object(ExportChoices)
    if parameter.name is not None:
        setattr(choices, parameter.name, value)


def _option(*names: str, **settings: Any) -> Callable[[Command], Command]:
    return click.option(*names, expose_value=False, callback=_keep, **settings)


def _all(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def mapping_options(command: Command) -> Command:
    """Which class becomes which category."""
    return _all(
        _option(
            "--classes", metavar="FILE|NAMES", help="The source's class names in the order of their ids, if the source does not have them."
        ),
        _option(
            "--categories",
            metavar="FILE|NAMES",
            help="The categories to write, in order: names separated by commas, or a file (names, lock, another COCO file).  [default: the source's]",
        ),
        _option(
            "--mapping",
            type=click.Path(path_type=Path, dir_okay=False, exists=True),
            metavar="FILE",
            help="A file with the complete class mapping.",
        ),
        _option(
            "--rename",
            type=_Rename(),
            multiple=True,
            metavar="OLD=NEW",
            help="Map a class to a category of another name; several classes may map to one. Repeatable.",
        ),
        _option("--drop", multiple=True, metavar="NAME", help="Drop the detections of a class. Repeatable."),
        _option("--start", type=click.IntRange(min=0), metavar="ID", help="The first category id, if the list has no ids.  [default: 1]"),
        _option(
            "--unmapped", type=click.Choice(["error", "drop", "keep"]), help="How to handle a class without a category.  [default: error]"
        ),
    )(command)


def source_options(command: Command) -> Command:
    """How detections are written: masks, keypoints, results."""
    return _all(
        _option(
            "--masks",
            type=click.Choice(["auto", "polygon", "rle", "none"]),
            default="auto",
            show_default=True,
            help="How to write masks; all but none are lossless.",
        ),
        _option(
            "--min-iou",
            type=FiniteRange(0, 1),
            metavar="IOU",
            help="Simplify polygons as long as they keep this IoU, as pycocotools reads them.",
        ),
        _option("--max-vertices", type=click.IntRange(min=4), metavar="N", help="Simplify polygons to N vertices per mask."),
        _option(
            "--empty-masks",
            type=click.Choice(["error", "box", "keep"]),
            default="error",
            show_default=True,
            help="How to handle empty masks.",
        ),
        _option("--segment-boxes", is_flag=True, help="Write boxes, or the corners of oriented boxes, as polygons if there is no mask."),
        _option(
            "--oriented-boxes",
            type=click.Choice(["corners", "centre"]),
            default="corners",
            show_default=True,
            help="Write oriented boxes as four corners, or as centre, size and angle in radians.",
        ),
        _option(
            "--keypoints", metavar="NAMES", help="The names of the keypoints, separated by commas, if the categories do not have them."
        ),
        _option("--results", is_flag=True, help="Write a results list with the ids of --gt instead of a dataset."),
        _option("--gt", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="The ground truth of --results."),
        _option(
            "--task",
            "task",
            type=click.Choice(["auto", "bbox", "segm", "keypoints"]),
            default="auto",
            show_default=True,
            help="The task of --results.",
        ),
        _option("--indent", type=click.IntRange(0, 16), metavar="N", help="Spaces per level.  [default: one row per line]"),
    )(command)


def format_options(options: Iterable[SourceOption]) -> Callable[[Command], Command]:
    """The options of a source format; their values are kept in `ExportChoices.values`."""
    return _all(*(_format_option(option) for option in options))


def _format_option(option: SourceOption) -> Callable[[Command], Command]:
    def keep(context: click.Context, parameter: click.Parameter, value: str | Path | bool | None) -> None:
        del parameter
        context.ensure_object(ExportChoices).values[option.name] = value

    kind: click.ParamType[Any] | None = None
    if option.choices:
        kind = click.Choice(option.choices)
    elif option.is_folder:
        kind = click.Path(path_type=Path, file_okay=False)
    return click.option(
        f"--{option.name}",
        type=kind,
        default=option.default,
        show_default=option.default is not None,
        is_flag=option.is_flag,
        metavar=option.metavar,
        help=option.help,
        expose_value=False,
        callback=keep,
    )


def file_options(command: Command) -> Command:
    """The options of every export."""
    return _all(
        _option("--first-image-id", type=click.IntRange(min=1), metavar="ID", help="The first image id."),
        _option("--first-annotation-id", type=click.IntRange(min=1), metavar="ID", help="The first annotation id."),
        _option(
            "--on-error",
            type=click.Choice(["raise", "skip"]),
            default="raise",
            show_default=True,
            help="What to do with what cannot be written: stop, or skip and count it.",
        ),
        _option("--verify/--no-verify", default=True, help="Check the written file by the rules of `cocoproof check`.  [default: verify]"),
        _option("--color/--no-color", "colour", default=None, help="Colour the text.  [default: terminals only]"),
    )(command)


def names_of(text: str, option: str) -> CategoryList:
    """The names that an option sets: a file of names, or names separated by commas.

    Raises:
        click.UsageError: If it is neither.
    """
    from cocoproof.mapping import CategoryList, CategoryListError, read_category_list

    try:
        if Path(text).is_file():
            return read_category_list(text)
        if "/" in text or text.lower().endswith(_LIST_SUFFIXES):
            msg = f"{option}: the file {text} does not exist"
            raise click.UsageError(msg)
        return CategoryList.from_names([name.strip() for name in text.split(",")])
    except CategoryListError as error:
        msg = f"{option}: {error}"
        raise click.UsageError(msg) from None


def class_table(text: str | None) -> dict[int, str] | None:
    """Class id -> name, of `--classes`."""
    if text is None:
        return None
    return {place if category.id is None else category.id: category.name for place, category in enumerate(names_of(text, "--classes"))}


def read_mapping(choices: ExportChoices) -> ClassMapping | None:
    """The mapping of `--mapping`; None if it is not set.

    Raises:
        click.UsageError: If it cannot be read, or other options contradict it.
    """
    from cocoproof.mapping import ClassMapping, MappingError

    if choices.mapping is None:
        return None
    choices.refuse_beside_mapping()
    try:
        return ClassMapping.read(choices.mapping)
    except MappingError as error:
        raise click.UsageError(str(error)) from None


def names_in(mapping: ClassMapping) -> dict[int, str]:
    """Class id -> name of a mapping.

    Raises:
        click.UsageError: If it has no names.
    """
    names = {row.id: row.name for row in mapping.classes if row.name is not None}
    if not names:
        msg = "the source has class names and the mapping has only ids; add a `source` with their names to it"
        raise click.UsageError(msg)
    return names


def make_mapping(classes: Names, choices: ExportChoices) -> ClassMapping:
    """The mapping that the options define.

    Without `--categories` the categories are the classes themselves; of results, those of the ground truth.

    Args:
        classes: The source's classes.
        choices: The options.

    Raises:
        MappingError: If the options contradict the classes or each other.
        CategoryListError: If the categories of the ground truth cannot be read.
    """
    from cocoproof.mapping import ClassMapping, read_category_list

    target: CategoryList | None = None
    if choices.categories is not None:
        target = names_of(choices.categories, "--categories")
    elif choices.results and choices.gt is not None:
        target = read_category_list(choices.gt)
    return ClassMapping.from_names(
        classes, target, rename=dict(choices.rename), drop=choices.drop, start=choices.start, unmapped=choices.unmapped or "error"
    )
