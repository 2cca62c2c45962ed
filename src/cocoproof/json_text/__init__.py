"""Strict JSON: which libraries decode it, and where and why a text is refused, found without asking them.

This is the only package that knows the exceptions of the JSON libraries. A library answers one question, yes or no: does it accept the
text? Everything that a message says about a refused text (encoding, syntax, depth, a value of the wrong type) is found here.
"""

from cocoproof.json_text.decoding import MAX_DEPTH, REFUSALS, JsonError, accepts, convert, decode, decode_members, fit_error
from cocoproof.json_text.fit import Misfit, find_misfit
from cocoproof.json_text.structure import is_deeper, nesting, string_quotes
from cocoproof.json_text.syntax import Fault, SyntaxProblem, bad_utf8, find_problem, is_wide, line_and_column

__all__ = [
    "MAX_DEPTH",
    "REFUSALS",
    "Fault",
    "JsonError",
    "Misfit",
    "SyntaxProblem",
    "accepts",
    "bad_utf8",
    "convert",
    "decode",
    "decode_members",
    "find_misfit",
    "find_problem",
    "fit_error",
    "is_deeper",
    "is_wide",
    "line_and_column",
    "nesting",
    "string_quotes",
]
