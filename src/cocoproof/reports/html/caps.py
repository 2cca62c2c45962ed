"""How much an HTML report shows. All counts are exact; these numbers limit what is listed and drawn."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ReportCaps"]


@dataclass(frozen=True, slots=True)
class ReportCaps:
    """Limits that keep a report below 5 MB, unless its names are very long.

    Attributes:
        findings_per_rule: Findings listed per rule and file.
        findings: Findings listed in the report.
        pictures_per_rule: Findings per rule and file that get a picture, the first ones.
        pictures: Findings in the report that get a picture. Every rule gets one before any gets a second.
        picture_bytes: Bytes of all thumbnails, masks and outlines together, as encoded in the report.
        whole_side: Pixels of the longer side of a thumbnail of a complete image.
        crop_side: Pixels of the longer side of a thumbnail of a part of an image, which has a higher resolution.
        vertices: Vertices drawn of an annotation's polygons; if there are more, every second, third, and so on is drawn.
        files: Files listed in the table of files.
        files_in_detail: Files that get a section, those with findings first.
        categories_per_file: Rows of a file's table of categories.
        categories: Rows of all tables of categories.
        arriving_classes: Rows of a file's table of what arrives.
        text: Characters of a message, a path or a name; the rest is cut.
    """

    findings_per_rule: int = 50
    findings: int = 1500
    pictures_per_rule: int = 6
    pictures: int = 120
    picture_bytes: int = 2_800_000
    whole_side: int = 440
    crop_side: int = 360
    vertices: int = 300
    files: int = 500
    files_in_detail: int = 40
    categories_per_file: int = 200
    categories: int = 1000
    arriving_classes: int = 60
    text: int = 400
