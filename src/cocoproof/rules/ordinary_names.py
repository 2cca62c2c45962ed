"""A quick look at all names of a file together: most files have none that needs to be looked at by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.rules.shared_results import shared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cocoproof.rules.rule import RuleContext

__all__ = ["BAR", "are_ordinary", "file_names_in_one", "in_one"]

BAR = "|"


def in_one(texts: Sequence[str]) -> str | None:
    """All texts in one, each between two bars.

    None if one of them has a bar, is blank, starts or ends with a space, or has other characters than printable ASCII: then each has to be looked at.
    """
    whole = f"{BAR}{BAR.join(texts)}{BAR}"
    plain = whole.isascii() and whole.isprintable() and whole.count(BAR) == len(texts) + 1
    return whole if plain and not any(pair in whole for pair in ("||", "| ", " |")) else None


def are_ordinary(texts: Sequence[str]) -> bool:
    """Whether no text needs to be looked at by itself, as `in_one`; True without texts."""
    return not texts or in_one(texts) is not None


@shared
def file_names_in_one(context: RuleContext) -> str | None:
    """`in_one` of the file names of images."""
    return in_one(context.coco.images.file_name.values)
