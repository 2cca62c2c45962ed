"""Fixes of COCO files: unambiguous errors are fixed in the text, and every other byte stays what it was."""

from cocoproof.fix.fix_file import Fixed, FixOptions, NotFixable, fix
from cocoproof.fix.verification import VerificationFailed

__all__ = ["FixOptions", "Fixed", "NotFixable", "VerificationFailed", "fix"]
