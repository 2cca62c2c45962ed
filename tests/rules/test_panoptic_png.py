"""COCO922 on PNGs that Pillow wrote, against counts by plain numpy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cocoproof import check
from cocoproof.model.findings import Report, Verdict

Image = pytest.importorskip("PIL.Image")
FIXTURES = Path(__file__).parents[2] / "fixtures"


def colours(ids: Any) -> Any:
    """The PNG's pixels for an array of ids: `id2rgb` of panopticapi, written anew."""
    return np.stack([ids % 256, ids // 256 % 256, ids // 65536], axis=-1).astype(np.uint8)


def blocks(seed: int, size: tuple[int, int] = (40, 30)) -> Any:
    """An array of ids in blocks, as segments lie; some pixels are of none."""
    chance = np.random.default_rng(seed)
    names = np.append(chance.choice(2**24 - 1, 5, replace=False) + 1, 0)
    coarse = names[chance.integers(0, 6, (size[1] // 5, size[0] // 5))]
    return coarse.repeat(5, axis=0).repeat(5, axis=1)


def document(maps: dict[str, Any]) -> dict[str, Any]:
    """The sound document of these maps, by file name."""
    images, annotations = [], []
    for k, (name, ids) in enumerate(maps.items(), 1):
        images.append({"id": k, "width": ids.shape[1], "height": ids.shape[0], "file_name": name.replace(".png", ".jpg")})
        found, areas = np.unique(ids[ids != 0], return_counts=True)
        rows = zip(found.tolist(), areas.tolist(), strict=True)
        segments = [{"id": one, "category_id": 1, "area": area, "bbox": [0, 0, 5, 5], "iscrowd": 0} for one, area in rows]
        annotations.append({"image_id": k, "file_name": name, "segments_info": segments})
    return {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "cat", "isthing": 1}]}


def judged(folder: Path, content: dict[str, Any], panoptic: Path | None = None, **options: Any) -> Report:
    path = folder / "panoptic_val.json"
    path.write_text(json.dumps(content))
    return check(path, panoptic=panoptic, select="COCO922", reload="never", **options)


def told(report: Report) -> list[tuple[str, Any]]:
    return [(finding.pointer, finding.image_id) for finding in report.findings]


@pytest.fixture
def sound(tmp_path: Path) -> dict[str, Any]:
    maps = {f"{k}.png": blocks(k) for k in range(6)}
    folder = tmp_path / "panoptic_val"
    folder.mkdir()
    for name, ids in maps.items():
        Image.fromarray(colours(ids)).save(folder / name)
    return document(maps)


def test_sound_pngs_are_found_beside_the_file(tmp_path: Path, sound: dict[str, Any]) -> None:
    report = judged(tmp_path, sound)
    assert told(report) == []
    assert report.files[0].rules[0].verdict is Verdict.PASSED
    folder = report.files[0].panoptic
    assert folder is not None
    assert folder.guessed
    assert Path(folder.path) == tmp_path / "panoptic_val"
    (tmp_path / "panoptic_val").rename(tmp_path / "elsewhere")
    report = judged(tmp_path, sound)
    assert report.files[0].rules[0].reason == "needs the panoptic PNGs (--panoptic DIR)"
    assert told(judged(tmp_path, sound, tmp_path / "elsewhere")) == []
    assert report.files[0].panoptic is None


def test_each_defect_at_its_place(tmp_path: Path, sound: dict[str, Any]) -> None:
    rows = sound["annotations"]
    rows[0]["segments_info"][1]["area"] += 1
    rows[1]["segments_info"].append({"id": 5, "category_id": 1, "area": 9, "bbox": [0, 0, 1, 1], "iscrowd": 0})
    gone = rows[2]["segments_info"].pop(0)
    sound["images"][3]["width"], sound["images"][3]["height"] = 30, 40
    rows[4]["file_name"] = "none.png"
    (tmp_path / "panoptic_val" / "5.png").write_bytes(b"")
    report = judged(tmp_path, sound)
    assert told(report) == [
        ("/annotations/0/segments_info/1/area", 1),
        (f"/annotations/1/segments_info/{len(rows[1]['segments_info']) - 1}/id", 2),
        ("/annotations/2/segments_info", 3),
        ("/annotations/3/file_name", 4),
        ("/annotations/4/file_name", 5),
        ("/annotations/5/file_name", 6),
    ]
    messages = [finding.message for finding in report.findings]
    assert f"{gone['area']:,} pixels of id {gone['id']}," in messages[2]
    assert "40 x 30 px, its image 30 x 40; width and height are swapped" in messages[3]
    assert "does not exist" in messages[4]
    assert "is empty" in messages[5]


def test_what_loses_ids(tmp_path: Path, sound: dict[str, Any]) -> None:
    """The usual ways to spoil the PNGs: OpenCV's order of channels, a palette, JPEG, resizing with interpolation, grey."""
    folder = tmp_path / "panoptic_val"
    pictures = [Image.open(folder / f"{k}.png").convert("RGB") for k in range(6)]
    Image.fromarray(np.asarray(pictures[0])[..., ::-1]).save(folder / "0.png")
    pictures[1].quantize(64).save(folder / "1.png")
    pictures[2].save(folder / "2.png", "JPEG")
    pictures[3].resize((80, 60), Image.Resampling.BILINEAR).save(folder / "3.png")
    pictures[4].convert("L").save(folder / "4.png")
    pictures[5].convert("RGBA").save(folder / "5.png")  # a fourth channel means nothing
    report = judged(tmp_path, sound)
    words = {finding.image_id: finding.message for finding in reversed(report.findings)}
    assert words.keys() == {1, 2, 3, 4, 5}
    assert "no pixel" in words[1] or "which is not in segments_info" in words[1]
    assert "mode P" in words[2]
    assert "JPEG, not PNG" in words[3]
    assert "mode L" in words[5]
    assert any(finding.image_id == 4 and "80 x 60 px" in finding.message for finding in report.findings)


def test_ids_that_are_no_colours_repeat_or_cannot_be_read(tmp_path: Path, sound: dict[str, Any]) -> None:
    rows = sound["annotations"]
    rows[0]["segments_info"][0]["id"] = 2**24  # above every colour
    rows[1]["segments_info"][0]["id"] = -1
    rows[2]["segments_info"][0]["id"] = "7"  # COCO103 tells; the PNG's own id of it is not told as one too many
    rows[3]["segments_info"].append({**rows[3]["segments_info"][0], "area": 1})  # COCO921 tells
    rows[4]["segments_info"] = []
    report = judged(tmp_path, sound)
    pointers = [pointer for pointer, _ in told(report)]
    assert pointers[:2] == ["/annotations/0/segments_info", "/annotations/0/segments_info/0/id"]
    assert pointers[2:4] == ["/annotations/1/segments_info", "/annotations/1/segments_info/0/id"]
    assert not [pointer for pointer in pointers if pointer.startswith(("/annotations/2", "/annotations/3", "/annotations/5"))]
    assert len([pointer for pointer in pointers if pointer == "/annotations/4/segments_info"]) == len(np.unique(blocks(4)[blocks(4) != 0]))


def test_links_and_names_that_lead_out(tmp_path: Path, sound: dict[str, Any]) -> None:
    (tmp_path / "panoptic_val" / "0.png").rename(tmp_path / "0.png")
    sound["annotations"][0]["file_name"] = "../0.png"
    report = judged(tmp_path, sound, tmp_path / "panoptic_val")
    assert [pointer for pointer, _ in told(report) if pointer.endswith("file_name")] == ["/annotations/0/file_name"]
    assert "escapes" in report.findings[0].message


def test_the_sound_fixture_has_its_png() -> None:
    report = check(FIXTURES / "accept" / "panoptic.json", select="COCO922", reload="never")
    assert report.files[0].rules[0].verdict is Verdict.PASSED
    assert report.files[0].panoptic is not None
