"""Directed datasets in directed forms: the files on which importers are tried."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from cocoproof.testing.directed.covering import alone_rows, large_rows, pairwise_rows
from cocoproof.testing.directed.dimensions import DIMENSIONS
from cocoproof.testing.directed.worlds import busy_world, one_image, world_at
from cocoproof.testing.drawn import World
from cocoproof.testing.importing.file_case import FileCase
from cocoproof.testing.importing.file_form import FORM_DIMENSIONS, FileForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cocoproof.testing.claims import Claims
    from cocoproof.testing.directed.covering import Row

__all__ = ["FILE_DIMENSIONS", "FileWorlds"]

_NOT_IN_FILES = ("box type", "oriented")
"""Dimensions of exporters' input that a file does not show."""

FILE_DIMENSIONS = (*(dimension for dimension in DIMENSIONS if dimension.name not in _NOT_IN_FILES), *FORM_DIMENSIONS)
"""Every dimension of files."""

_FIELDS = {"image ids": "image_ids", "annotation ids": "annotation_ids", "masks as": "masks"}
"""Fields of a form that are not called as their dimension is."""


class FileWorlds:
    """The directed datasets of importers."""

    def worlds(self, claims: Claims, *, twins: bool, large: bool = False) -> Sequence[World]:
        """Every directed file, those that cost least first."""
        return _worlds(claims, twins, large)

    def busy(self, claims: Claims, *, twins: bool) -> World:
        """One file with something of everything."""
        world = busy_world(claims, twins=twins)
        return _in_form(world, FileForm("scattered", "gaps", "interleaved", "mixed", "three"))

    def least(self, claims: Claims) -> World:
        """One image with two annotations."""
        return _in_form(one_image(claims), FileForm())


@functools.lru_cache(maxsize=4)
def _worlds(claims: Claims, twins: bool, large: bool) -> tuple[World, ...]:
    rows = [*pairwise_rows(FILE_DIMENSIONS), *alone_rows(FILE_DIMENSIONS), *(large_rows(FILE_DIMENSIONS) if large else [])]
    return tuple(_world(row, claims, twins) for row in sorted(rows, key=_cost))


def _world(row: Row, claims: Claims, twins: bool) -> World:
    base = {dimension.name: row.get(dimension.name, dimension.ordinary) for dimension in DIMENSIONS}
    values: dict[str, Any] = {_FIELDS.get(own.name, own.name): row[own.name] for own in FORM_DIMENSIONS}
    return _in_form(world_at(base, claims, twins=twins), FileForm(**{**values, "urls": values["urls"] == "yes"}))


def _in_form(world: World, form: FileForm) -> World:
    said = world.name if form == FileForm() else f"{world.name}, {form!r}"
    return World(said, FileCase(world.case.dataset, world.case.mapping, form))


def _cost(row: Row) -> int:
    return sum(level for dimension in DIMENSIONS if dimension.alone and isinstance(level := row[dimension.name], int))
