"""Rules for the COCO files of ACME."""

from __future__ import annotations

import re

import numpy as np

from cocoproof.plugin import DATASETS, RuleContext, Severity, Violations, dataset, quote, rule

__all__ = ["RULES"]

_SITE = re.compile(r"S[0-9]{2}_")


@rule(
    "ACME001",
    severity=Severity.ERROR,
    kinds=DATASETS,
    needs=("images.file_name",),
    accept=[dataset(images=[{"file_name": "S01_0001.jpg"}]), dataset(images=[{"file_name": "S99_/x.jpg"}])],
    reject=[
        (dataset(images=[{"file_name": "0001.jpg"}]), "/images/0/file_name"),
        (dataset(images=[{"file_name": "S01_1.jpg"}, {"file_name": "s02_1.jpg"}]), "/images/1/file_name"),
    ],
)
def image_without_site(context: RuleContext) -> Violations:
    """An image's file name does not begin with the code of a site.

    The code is the letter S, two digits and an underscore, such as `S01_`. Splits are made by site: an image without a code is in any of them. Rename the
    file, or ask who recorded it.
    """
    images = context.coco.images
    wrong = np.array([_SITE.match(name) is None for name in images.file_name.values], bool) & images.file_name.ok
    return Violations.of_rows(
        "images",
        wrong,
        lambda row: f"{quote(images.file_name.values[row])} does not begin with a site, such as S01_",
        field="file_name",
        about=lambda row: images.file_name.values[row],
    )


RULES = (image_without_site,)
