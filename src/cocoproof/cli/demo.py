"""`cocoproof demo`: a small broken dataset, its report, and a correct export of the same detections."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cocoproof.cli.output import emit, print_line, style_for
from cocoproof.model import exit_codes as exits

if TYPE_CHECKING:
    from cocoproof.demo import Demonstration

__all__ = ["demo"]


@click.command()
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Make the dataset in this new or empty folder, and keep it.",
)
def demo(keep: Path | None) -> int:
    """Make a small dataset with typical faults of exporters, check it, and export it correctly.

    Each of its faults was found in public files. Exits with 0: the findings are the point.
    """
    from cocoproof.api import check
    from cocoproof.demo import make_demonstration
    from cocoproof.reports import text_report as text  # `--help` need not load it
    from cocoproof.reports.roundtrip_text import as_text
    from cocoproof.roundtrip import compare

    with tempfile.TemporaryDirectory(prefix="cocoproof-demo-") as scratch:
        try:
            demonstration = make_demonstration(Path(scratch) if keep is None else _made(keep))
        except OSError as error:
            msg = f"cannot make the dataset in {keep or scratch}: {error.strerror or error}"
            raise click.ClickException(msg) from None
        style = style_for(None, 2)

        def check_as_text(path: Path) -> str:
            report = check(path, categories=demonstration.categories, max_findings=100, images=False)
            return text.render(report, style).replace(scratch, "demo")

        def compare_with(path: Path) -> str:
            losses = [compare(demonstration.detections, path, mapping=demonstration.mapping)]
            return "\n".join(as_text(str(path), losses, (), style_for(None, 1))).replace(scratch, "demo")

        print_line("1. Three pictures, six annotations, and the faults that exporters make in silence:\n")
        emit(check_as_text(demonstration.annotations), None)
        print_line("\n2. The same detections, from a model whose classes have another order, through an explicit class mapping:\n")
        emit(f"{demonstration.mapping}\n\n{demonstration.report}\n\n".replace(scratch, "demo"), None)
        emit(check_as_text(demonstration.exported), None)
        print_line(
            "\n3. Read back through pycocotools and compared with the detections, pixel by pixel: first the broken file, then the sound one.\n"
        )
        emit(compare_with(demonstration.annotations) + "\n\n" + compare_with(demonstration.exported) + "\n", None)
        if keep is not None:
            print_line(f"\n4. The faults in pictures: {_report(demonstration, keep)}\n\nEverything is left in {keep}.")
        else:
            print_line("\nKeep the files, with a report that shows the faults in pictures: cocoproof demo --keep DIR")
        print_line("Next: cocoproof explain COCO207; cocoproof check YOUR_FILE.json")
    return exits.CLEAN


def _made(folder: Path) -> Path:
    """A folder for the dataset, made where it is not there.

    Raises:
        click.UsageError: If something is in it, which might be written over.
        OSError: If it cannot be made or read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        msg = f"{folder} is not empty; --keep takes a new or an empty folder"
        raise click.UsageError(msg)
    return folder


def _report(demonstration: Demonstration, folder: Path) -> str:
    """Write the HTML report of the broken file into a folder: where it is, or what it needs."""
    from cocoproof.checking.check_file import check_file
    from cocoproof.checking.check_settings import CheckSettings
    from cocoproof.checking.image_sources import ImageOptions
    from cocoproof.mapping import read_category_list
    from cocoproof.model.findings import Report
    from cocoproof.reports.html import HtmlReportBuilder, MissingExtra

    try:
        page = HtmlReportBuilder(1)
    except MissingExtra:
        return "not drawn, that needs pip install 'cocoproof[html]'"
    options = CheckSettings(expected=read_category_list(demonstration.categories), images=ImageOptions(root=str(demonstration.images)))
    examined = check_file(demonstration.annotations, options)
    page.add(examined)
    path = folder / "report.html"
    emit(page.render(Report(files=(examined.report,))), path)
    return f"open {path} in a browser"
