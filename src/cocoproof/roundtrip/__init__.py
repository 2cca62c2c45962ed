"""The proof that a file kept what it was made of: reimport, compare, and what differs between two files."""

from __future__ import annotations

from cocoproof.roundtrip.compare import compare
from cocoproof.roundtrip.losses import Loss, LossKind, RoundTripReport
from cocoproof.roundtrip.terms import Keys, Tolerance, Via

__all__ = ["Keys", "Loss", "LossKind", "RoundTripReport", "Tolerance", "Via", "compare"]
