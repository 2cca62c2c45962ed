"""Repairs of COCO files: what has one right answer is mended in the text, and every other byte stays what it was."""

from cocoproof.fix.prove import ProofFailed
from cocoproof.fix.run import Fixed, FixOptions, NotFixable, fix

__all__ = ["FixOptions", "Fixed", "NotFixable", "ProofFailed", "fix"]
