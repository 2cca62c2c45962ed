"""A field that no row has: an empty text a row, without a list of them; masks that no row has."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cocoproof.columns.column import NoTexts
from cocoproof.reading.document import read
from cocoproof.reading.source import Source


def test_it_is_a_list_of_empty_texts() -> None:
    texts = NoTexts(3)
    assert list(texts) == ["", "", ""]
    assert texts == ["", "", ""]
    assert texts != ["", ""]
    assert (len(texts), texts[2], texts[-1], len(texts[1:]), "" in texts) == (3, "", "", 2, True)
    with pytest.raises(IndexError):
        texts[3]


def test_a_file_without_texts_and_masks() -> None:
    rows = [{"id": k, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]} for k in range(5)]
    dataset = read(Source("a.json", json.dumps({"images": [], "annotations": rows, "categories": []}).encode())).dataset
    assert dataset is not None
    annotations = dataset.annotations
    assert isinstance(annotations.caption.values, NoTexts)
    assert len(annotations.caption.values) == len(annotations.caption.state) == 5
    assert annotations.segmentation.areas.shape == (5,)
    assert annotations.segmentation.envelopes.shape == (5, 4)
    assert np.isnan(annotations.segmentation.areas).all()
    assert np.isnan(annotations.segmentation.envelopes).all()
