"""Files to mend: documents or texts in."""

from __future__ import annotations

import json

import pytest

from cocoproof.checking.check_settings import CheckSettings
from cocoproof.fix import FixOptions, fix
from cocoproof.reading.source import Source
from cocoproof.rules.catalogue import select


def mend(document, *codes, unsafe=False, fractions=None, expected=None):
    """What `fix` makes of a document or a text, for some rules or all."""
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    return fix(Source("file.json", text), FixOptions(CheckSettings(rules=select(codes), expected=expected), unsafe, fractions))


@pytest.fixture(scope="session")
def fixed():
    """What `fix` makes of a document or a text."""
    return mend


@pytest.fixture(scope="session")
def mended():
    """The document after it was mended, as `json` reads it; mended once more, not a byte of it changes."""

    def run(document, *codes, **options):
        found = mend(document, *codes, **options)
        assert mend(found.data, *codes, **options).data == found.data
        return json.loads(found.data)

    return run
