"""What every adapter of an importer is built on."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cocoproof.testing import ImporterContract

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ImportAdapter"]


class ImportAdapter(ImporterContract):
    """An importer of another project.

    Attributes:
        how: How it is given the file, in a sentence or two; for the page.
        not_claimed: Claim (`keeps_scores`) or property -> why it is not claimed; such a property is not tried.
    """

    how: ClassVar[str] = ""
    not_claimed: ClassVar[Mapping[str, str]] = {}
