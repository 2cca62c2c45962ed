"""Strict JSON: decodes it with a library, and finds the position and reason of an error without the library.

Only this package uses the exceptions of the JSON libraries. A library only determines whether a text is accepted. Everything that a
message reports about a rejected text (encoding, syntax, depth, a value of the wrong type) is found here.
"""

from cocoproof.json_text.decoding import MAX_DEPTH, REFUSALS, JsonError, accepts, convert, decode, decode_members, fit_error
from cocoproof.json_text.fit import Misfit, find_misfit
from cocoproof.json_text.structure import inside_strings, is_deeper, nesting, nesting_in_windows, string_quotes
from cocoproof.json_text.syntax import Fault, SyntaxProblem, bad_utf8, find_problem, is_wide, line_and_column
from cocoproof.json_text.text import Text, in_windows

__all__ = [
    "MAX_DEPTH",
    "REFUSALS",
    "Fault",
    "JsonError",
    "Misfit",
    "SyntaxProblem",
    "Text",
    "accepts",
    "bad_utf8",
    "convert",
    "decode",
    "decode_members",
    "find_misfit",
    "find_problem",
    "fit_error",
    "in_windows",
    "inside_strings",
    "is_deeper",
    "is_wide",
    "line_and_column",
    "nesting",
    "nesting_in_windows",
    "string_quotes",
]
