"""The proof that a file kept what it was made of: reimport, compare, and what differs between two files."""

from __future__ import annotations

from cocoproof.readers.comparison_options import FieldNames, Reader, Tolerance
from cocoproof.roundtrip.compare import compare
from cocoproof.roundtrip.losses import Loss, LossKind, RoundTripReport

__all__ = ["FieldNames", "Loss", "LossKind", "Reader", "RoundTripReport", "Tolerance", "compare"]
