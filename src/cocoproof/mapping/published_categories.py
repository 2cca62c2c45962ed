"""Category lists that many files take their ids from: COCO's things and stuff, and LVIS's of release 0.5 and 1.

COCO has 80 classes of things with ids from 1 to 90 and 53 of stuff with ids from 92 to 200, as in its panoptic annotations; a file of a
part of the classes keeps their ids. The names and ids are those that the datasets publish.
"""

from __future__ import annotations

from functools import cache
from pkgutil import get_data
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["are_published"]


@cache
def _tables() -> Mapping[str, Mapping[int, str]]:
    """The name of each id, by table."""
    tables: dict[str, dict[int, str]] = {}
    # Not with importlib.resources, which imports zipfile and takes longer than all rules on a small file.
    text = (get_data("cocoproof.mapping", "published_categories.tsv") or b"").decode()
    for line in text.splitlines()[1:]:
        table, number, name = line.split("\t")
        tables.setdefault(table, {})[int(number)] = name
    return tables


def are_published(categories: Mapping[int, str]) -> bool:
    """Whether each of some categories, two or more, has its id from one published list.

    Args:
        categories: The name of each id.
    """
    if len(categories) < 2:
        return False
    return any(all(table.get(number) == name for number, name in categories.items()) for table in _tables().values())
