"""Perceptual hashes, held to plain comparison of all pairs and to pictures that were really changed by Pillow."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageEnhance

from cocoproof.images import open_root, scan
from cocoproof.images.decode_pool import DecodePool
from cocoproof.images.perceptual_hash import BITS, hash_images, hash_of, nearest
from cocoproof.sandbox.limits import MOST_PIXELS

if TYPE_CHECKING:
    from pathlib import Path


def bits(rows: int) -> st.SearchStrategy[np.ndarray]:
    return arrays.arrays(bool, st.tuples(st.integers(1, rows), st.just(BITS)), elements=st.booleans())


@given(bits(6), bits(6))
def test_nearest_is_the_least_of_all_distances(ours, theirs):
    rows, distances = nearest(ours, theirs)
    for k, row in enumerate(ours):
        every = [int((row != other).sum()) for other in theirs]
        assert distances[k] == min(every)
        assert rows[k] == every.index(min(every))


def test_nearest_of_many_rows_in_blocks():
    random = np.random.default_rng(5)
    theirs = random.random((3000, BITS)) < 0.5
    ours = theirs[::-1][:2500].copy()
    ours[np.arange(2500), random.integers(0, BITS, 2500)] ^= True
    rows, distances = nearest(ours, theirs)
    assert (distances == 1).all()
    assert (rows == np.arange(2999, 499, -1)).all()


@given(arrays.arrays(np.uint8, (9, 9), elements=st.integers(0, 255)))
def test_a_bit_says_whether_a_neighbour_is_lighter(grey):
    found = hash_of(grey)
    if int(grey.max()) - int(grey.min()) < 4:
        assert found is None
        return
    across = [grey[y, x] < grey[y, x + 1] for y in range(8) for x in range(8)]
    down = [grey[y, x] < grey[y + 1, x] for y in range(8) for x in range(8)]
    assert found.tolist() == across + down


def scene(seed: int) -> Image.Image:
    """Something like a photograph: a ground that changes slowly, and a few shapes on it."""
    random = np.random.default_rng(seed)
    return Image.fromarray(random.integers(0, 256, (6, 8, 3), dtype=np.uint8)).resize((320, 240), Image.Resampling.BICUBIC)


def saved(picture: Image.Image, form: str, **how: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **how)
    return out.getvalue()


def test_a_picture_still_looks_like_itself_after_what_people_do_to_pictures(tmp_path: Path):
    whole = scene(1)
    files = {
        "original.png": saved(whole, "PNG"),
        "jpeg.jpg": saved(whole, "JPEG", quality=40),
        "half.jpg": saved(whole.resize((160, 120)), "JPEG"),
        "grey.png": saved(whole.convert("L"), "PNG"),
        "bright.jpg": saved(ImageEnhance.Brightness(whole).enhance(1.1), "JPEG"),
        "other.png": saved(scene(2), "PNG"),
        "mirrored.png": saved(whole.transpose(Image.Transpose.FLIP_LEFT_RIGHT), "PNG"),
        "white.png": saved(Image.new("RGB", (320, 240), "white"), "PNG"),
        "broken.png": saved(whole, "PNG")[:2000],
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    names = list(files)
    with open_root(tmp_path) as root, DecodePool(count=1) as workers:
        looks = hash_images(root, scan(root, names, np.ones(len(names), bool)), workers, MOST_PIXELS)
    assert dict(zip(names, looks.known.tolist(), strict=True)) == {name: name not in {"white.png", "broken.png"} for name in names}
    away = {name: int((looks.bits[k] != looks.bits[0]).sum()) for k, name in enumerate(names) if looks.known[k]}
    assert all(away[name] <= 4 for name in ("original.png", "jpeg.jpg", "half.jpg", "grey.png", "bright.jpg")), away
    assert all(away[name] > 20 for name in ("other.png", "mirrored.png")), away


@pytest.mark.parametrize("pixels", [1, MOST_PIXELS])
def test_pictures_above_the_cap_are_not_decoded(tmp_path: Path, pixels: int):
    (tmp_path / "a.png").write_bytes(saved(scene(1), "PNG"))
    with open_root(tmp_path) as root, DecodePool(count=1) as workers:
        looks = hash_images(root, scan(root, ["a.png"], np.ones(1, bool)), workers, pixels)
    assert looks.known.tolist() == [pixels > 1]
