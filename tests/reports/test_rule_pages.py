"""The pages of rules: the same in every release of Python and zlib."""

from __future__ import annotations

import gzip

import pytest

from cocoproof.reports.rule_pages import as_page
from cocoproof.rules.catalogue import RULES


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_page_is_text_without_control_characters(rule):
    # Compressed bytes would be other ones with another zlib. COCO002 accepts a document with CRLF at its end.
    assert [character for character in as_page(rule) if character < " " and character not in "\r\n"] == []


def test_a_compressed_example_is_shown_as_what_it_unpacks_to():
    (rule,) = (rule for rule in RULES if rule.code == "COCO001")
    (packed,) = (example for example in rule.accept if isinstance(example, bytes) and example.startswith(b"\x1f\x8b"))
    assert gzip.decompress(packed).decode() in as_page(rule)
