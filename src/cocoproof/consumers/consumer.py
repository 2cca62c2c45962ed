"""What is known of a program that reads COCO files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cocoproof.model.arrivals import ClaimEvidence

if TYPE_CHECKING:
    from collections.abc import Callable

    from cocoproof.columns.column import WrittenForm
    from cocoproof.consumers.loading import Loading
    from cocoproof.model.findings import Kind

__all__ = ["Consumer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """A program that reads the file.

    Attributes:
        name: Its name in `--for`.
        package: The distribution, as pip names it.
        version: The release that was examined.
        loader: The call that loads the file, as code.
        kinds: The kinds of files that it accepts.
        verb: What it does with annotations, for the sentence `detectron2 trains on 3 of 4 annotations`.
        load: The model of its loader, with the loader's default settings; None if there is none.
        modelled: The kinds that the model covers.
        evidence: What the model rests on.
        refused_types: Values of another type that pycocotools reads as meant and this loader does not: what they are, as COCO103 groups
            them (`image ids`), and their form.
        unchecked: Problems of this consumer that no rule checks, in Markdown.
    """

    name: str
    package: str
    version: str
    loader: str
    kinds: frozenset[Kind]
    verb: str = "loads"
    load: Callable[[Loading], None] | None = None
    modelled: frozenset[Kind] = frozenset()
    evidence: ClaimEvidence = ClaimEvidence.TEST
    refused_types: frozenset[tuple[str, WrittenForm]] = frozenset()
    unchecked: tuple[str, ...] = ()
