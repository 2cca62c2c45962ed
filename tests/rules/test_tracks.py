"""Rules about videos and tracks: what their examples cannot show."""

from __future__ import annotations

import copy
import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from cocoproof import check
from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.cli.main import main
from cocoproof.images.png_writer import black_png
from cocoproof.model.dialects import Dialect
from cocoproof.model.findings import Kind, Severity
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.source import Source, read_document
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.examples import GONE, dataset, tracked, video

if TYPE_CHECKING:
    from pathlib import Path

    from cocoproof.model.findings import FileReport

CODES = ("COCO941", "COCO942", "COCO943", "COCO944", "COCO945", "COCO946")
HARMLESS = {"COCO304", "COCO305"}
TRACK_LISTS = ("bboxes", "segmentations", "areas")


def report(document: Any, **options: Any) -> FileReport:
    return check(document, reload="never", **options).files[0]


def found(document: Any, **options: Any) -> dict[str, list[str]]:
    """The pointers of the findings of each rule, but for categories and images without annotations."""
    out: dict[str, list[str]] = {}
    for finding in report(document, **options).findings:
        if finding.code not in HARMLESS:
            out.setdefault(finding.code, []).append(finding.pointer)
    return out


@pytest.mark.parametrize(
    ("document", "kind", "dialects"),
    [
        (video(), Kind.VIDEO_INSTANCES, ()),
        (video([{"occlusion": ["no_occlusion", None, "severe_occlusion"]}]), Kind.VIDEO_INSTANCES, (Dialect.OCCLUSION,)),
        (video([{"bboxes": GONE}]), Kind.VIDEO_INSTANCES, ()),
        (video(annotations=[]), Kind.VIDEO_INSTANCES, ()),
        (video() | {"annotations": None}, Kind.VIDEO_INSTANCES, ()),
        ({"videos": video()["videos"], "categories": video()["categories"]}, Kind.VIDEO_INSTANCES, ()),
        ([{"video_id": 1, "category_id": 1, "score": 0.5, "segmentations": [None]}], Kind.VIDEO_RESULTS, ()),
        (tracked(), Kind.INSTANCES, (Dialect.TAO_TRACKS,)),
        (tracked(tracks=None), Kind.INSTANCES, (Dialect.MOT_TRACKS,)),
        (tracked([{"track_id": GONE, "instance_id": 3}] * 2, tracks=None), Kind.INSTANCES, (Dialect.MOT_TRACKS,)),
        # A number of the instance on an image is not a track, and neither is an empty list of videos.
        (dataset([{"instance_id": 1}]), Kind.INSTANCES, ()),
        (dataset(document={"videos": []}), Kind.INSTANCES, ()),
    ],
)
def test_kind_and_dialect(document: Any, kind: Kind, dialects: tuple[Dialect, ...]) -> None:
    judged = report(document)
    assert (judged.kind, judged.dialects) == (kind, dialects)
    assert not [finding for finding in judged.findings if finding.severity is Severity.ERROR]


def test_reports_name_the_kind_as_people_do() -> None:
    assert report(video()).kind_name == "video instances (YouTube-VIS)"
    assert report(tracked(tracks=None)).kind_name == "instances + tracks (MOTChallenge)"
    assert report(video()).counts == {"images": 3, "annotations": 1, "categories": 2, "videos": 1}


def test_a_correct_file_of_tracks_has_no_finding() -> None:
    """cvat #5404 and Kitware/dive #1873: it was read as instances, with 11 findings, most of them wrong."""
    assert found(video([{}, {"category_id": 2}])) == {}
    assert found(tracked()) == {}
    assert found(tracked(tracks=None)) == {}


def test_complaints_that_passed() -> None:
    assert found(tracked([{"track_id": 5}, {"track_id": 5, "image_id": 1}], tracks=None)) == {"COCO943": ["/annotations/1/track_id"]}
    assert found(tracked([{}, {"image_id": 2}], images=[{}, {"video_id": 7}]))["COCO941"] == ["/images/1/video_id"]


FRAME_DEFECTS: list[tuple[str, str, Any, str]] = [
    ("COCO501", "bboxes", [4, 5, 0, 16], "/annotations/0/bboxes/2"),
    ("COCO502", "bboxes", [50, 5, 20, 16], "/annotations/0/bboxes/2"),
    ("COCO503", "bboxes", [100, 5, 20, 16], "/annotations/0/bboxes/2"),
    ("COCO506", "areas", 999, "/annotations/0/areas/2"),
    ("COCO507", "areas", 0, "/annotations/0/areas/2"),
    ("COCO508", "bboxes", [4, 5, 40, 40], "/annotations/0/bboxes/2"),
    ("COCO104", "bboxes", [4, 5, 20], "/annotations/0/bboxes/2"),
    ("COCO103", "bboxes", "x", "/annotations/0/bboxes/2"),
    ("COCO103", "areas", [1], "/annotations/0/areas/2"),
    ("COCO103", "segmentations", 3, "/annotations/0/segmentations/2"),
    ("COCO601", "segmentations", [[7, 7, 27, 7, 27, 23, 7]], "/annotations/0/segmentations/2/0"),
    ("COCO602", "segmentations", [[7, 7, 27, 7]], "/annotations/0/segmentations/2/0"),
    ("COCO604", "segmentations", [[7, 7, 27, 7, 7, 7]], "/annotations/0/segmentations/2/0"),
    ("COCO605", "segmentations", [[7, 7, 27, 23, 27, 7, 7, 23]], "/annotations/0/segmentations/2/0"),
    ("COCO606", "segmentations", [], "/annotations/0/segmentations/2"),
    ("COCO607", "segmentations", {"size": [64, 48], "counts": [3072]}, "/annotations/0/segmentations/2/size"),
    ("COCO608", "segmentations", {"size": [48, 64], "counts": [3071]}, "/annotations/0/segmentations/2/counts"),
]


@pytest.mark.parametrize(("code", "key", "value", "pointer"), FRAME_DEFECTS)
def test_rules_about_boxes_and_masks_check_each_frame(code: str, key: str, value: Any, pointer: str) -> None:
    document = video()
    document["annotations"][0][key][2] = value
    pointers = found(document)
    assert any(one.startswith(pointer) for one in pointers.get(code, [])), pointers
    (finding, *_) = [one for one in report(document).findings if one.code == code]
    assert finding.message.startswith("track 1 (video 1), frame 2 (1/2.jpg): ")
    assert (finding.annotation_id, finding.image_id) == (1, None)


def test_names_of_frames_are_checked_where_they_are() -> None:
    assert found(video(videos=[{"file_names": ["a/0.jpg", "a/1.jpg", ""]}])) == {"COCO208": ["/videos/0/file_names/2"]}
    assert found(video(videos=[{"file_names": ["a/0.jpg", "../1.jpg", "a/2.jpg"]}])) == {"COCO805": ["/videos/0/file_names/1"]}


def test_what_a_track_has_once_is_reported_once() -> None:
    assert found(video([{"category_id": 9}])) == {"COCO302": ["/annotations/0/category_id"]}
    assert found(video([{"iscrowd": 7}])) == {"COCO105": ["/annotations/0/iscrowd"]}
    assert found(video(videos=[{"width": 0}]))["COCO105"] == ["/videos/0/width"]
    assert found(video([{"id": 0}])) == {"COCO207": ["/annotations/0/id"]}


def test_missing_fields_of_videos_and_tracks() -> None:
    for name in ("id", "video_id", "category_id"):
        assert found(video([{name: GONE}]))["COCO102"] == ["/annotations/0"], name
    for name in ("areas", "iscrowd"):
        assert found(video([{name: GONE}])) == {"COCO106": ["/annotations/0"]}, name
    for name in ("id", "width", "height", "length", "file_names"):
        assert "/videos/0" in found(video(videos=[{name: GONE}]))["COCO102"], name
    assert found({key: rows for key, rows in video().items() if key != "videos"})["COCO101"] == [""]
    assert found(video([{}, {}, dict.fromkeys(TRACK_LISTS, GONE)]))["COCO102"] == ["/annotations/2"]


def test_tracks_with_the_same_boxes_are_copies() -> None:
    document = video([{}, {}])
    first, second = document["annotations"]
    second |= {key: copy.deepcopy(first[key]) for key in TRACK_LISTS}
    assert found(document) == {"COCO206": ["/annotations/1/bboxes/0", "/annotations/1/bboxes/2"]}
    assert "annotations[0], frame 0" in next(one.message for one in report(document).findings if one.code == "COCO206")


def test_lists_of_another_length() -> None:
    """A track that is as long as the length of an inconsistent video, or as its names, is not reported again."""
    document = video([{}, {key: [None] * 4 for key in TRACK_LISTS}], videos=[{"length": 4}])
    assert found(document) == {"COCO942": ["/videos/0/length"]}
    document = video([{}, {key: [None] * 5 for key in TRACK_LISTS}])
    assert found(document) == {"COCO942": ["/annotations/1/bboxes"]}
    (finding,) = report(document, select=["COCO942"]).findings
    assert (
        finding.message
        == "track 2 (video 1): bboxes has 5 entries, segmentations has 5 entries and areas has 5 entries, but the video has 3 frames"
    )


def test_a_length_that_is_only_stated_takes_no_memory() -> None:
    assert found(video(videos=[{"length": 10**12}])) == {"COCO942": ["/videos/0/length"]}
    assert "COCO102" in found(video(videos=[{"length": 10**12, "file_names": GONE}]))


def test_results_against_their_ground_truth(tmp_path: Path) -> None:
    truth = tmp_path / "truth.json"
    truth.write_text(json.dumps(video()), encoding="utf-8")
    rle = {"size": [48, 64], "counts": [240, 20, 2812]}
    row = {"video_id": 1, "category_id": 1, "score": 0.5, "segmentations": [rle, None, rle]}
    assert found([row], gt=truth) == {}
    assert found([row, row | {"video_id": 9}], gt=truth) == {"COCO941": ["/1/video_id"]}
    assert found([row | {"category_id": 9}], gt=truth) == {"COCO912": ["/0/category_id"]}
    assert found([row | {"score": 2}], gt=truth) == {"COCO913": ["/0/score"]}
    assert found([row | {"segmentations": [rle, None]}], gt=truth) == {"COCO942": ["/0/segmentations"]}
    other = {"size": [64, 48], "counts": [240, 20, 2812]}
    assert found([row | {"segmentations": [None, None, other]}], gt=truth) == {"COCO607": ["/0/segmentations/2/size"]}


def test_ids_of_videos_and_tracks_may_be_texts() -> None:
    assert set(found(video([{"video_id": "a"}], videos=[{"id": "a"}]))) == {"COCO103"}
    mixed = found(video([{"video_id": "1"}]))
    assert mixed["COCO941"] == ["/annotations/0/video_id"]
    rows = tracked([{"track_id": "x"}, {"track_id": "x", "image_id": 1}], tracks=None)
    assert found(rows) == {"COCO943": ["/annotations/1/track_id"]}


@pytest.mark.parametrize("value", [[1], True, {"id": 1}, 0.5])
def test_values_that_are_not_ids(value: Any) -> None:
    assert found(tracked([{}, {"track_id": value}], tracks=None)) == {"COCO103": ["/annotations/1/track_id"]}
    assert found(tracked(images=[{}, {"frame_id": value}])) == {"COCO103": ["/images/1/frame_id"]}


def test_one_cause_is_one_finding() -> None:
    """A frame in a video that is not listed, with annotations that name the video, too."""
    rows = [{"video_id": 7, "image_id": 1, "track_id": 1}, {"video_id": 7, "image_id": 1, "track_id": 2}]
    assert found(tracked(rows, images=[{"video_id": 7}, {}], tracks=None)) == {"COCO941": ["/images/0/video_id"]}
    many = tracked([{}] * 10, images=[{"video_id": 7}] * 10, tracks=None)
    many["images"] = [row | {"frame_id": k} for k, row in enumerate(many["images"])]
    assert found(many)["COCO941"] == ["/images/0/video_id"]
    (finding,) = report(many, select=["COCO941"]).findings
    assert "all 10 images" in finding.message


def test_frame_numbers() -> None:
    length = {"videos": [{"length": 2}]}
    assert found(tracked(images=[{"frame_id": 1}, {"frame_id": 2}], **length)) == {}
    assert found(tracked(images=[{"frame_id": 0}, {"frame_id": 2}], **length)) == {"COCO945": ["/images/1/frame_id"]}
    assert found(tracked(images=[{"frame_id": 1}, {"frame_id": 3}], **length)) == {"COCO945": ["/images/1/frame_id"]}
    # Frames of different videos may have one number, and images without a video any.
    assert found(tracked(images=[{}, {"video_id": 2, "frame_id": 0}], videos=[{}, {}], tracks=[{}, {}])) == {}
    assert found(tracked(images=[{}, {"frame_id": GONE, "frame_index": 4}])) == {}


def _oracle(document: Any) -> tuple[set[int], set[Any]]:
    """By plain loops: the annotations that repeat a track in a frame, and the tracks with several categories."""
    seen: set[Any] = set()
    repeated = set()
    categories: dict[Any, set[int]] = {}
    videos = {image["id"]: image.get("video_id") for image in document["images"]}
    for k, row in enumerate(document["annotations"]):
        track = row.get("track_id")
        if track is None or (isinstance(track, int) and track < 0):
            continue
        if (row["image_id"], track) in seen:
            repeated.add(k)
        seen.add((row["image_id"], track))
        categories.setdefault((videos[row["image_id"]], track), set()).add(row["category_id"])
    return repeated, {key for key, own in categories.items() if len(own) > 1}


def test_vectorised_against_plain_loops() -> None:
    dice = random.Random(5)  # noqa: S311
    for _ in range(40):
        images = [{"video_id": dice.choice([1, 2]), "frame_id": k} for k in range(dice.randint(1, 4))]
        rows = [
            {
                "image_id": dice.randint(1, len(images)),
                "track_id": dice.choice([0, 1, 2, -1, None, "a", "b"]),
                "category_id": dice.choice([1, 1, 1, 2]),
            }
            for _ in range(dice.randint(1, 9))
        ]
        document = tracked(rows, images=images, videos=[{}, {}], tracks=None)
        if report(document).dialects != (Dialect.MOT_TRACKS,):
            continue
        repeated, several = _oracle(document)
        pointers = found(document, select=list(CODES), max_findings=None)
        assert {int(one.split("/")[2]) for one in pointers.get("COCO943", [])} == repeated
        assert len(found(document, select=["COCO944"]).get("COCO944", [])) == len(several)


def test_order_of_rows_does_not_matter_to_fingerprints() -> None:
    """Fingerprints of findings in frames are of the content of the frame, not of where it is."""
    document = video([{}, {"category_id": 2}])
    document["annotations"][1]["bboxes"][2] = [50, 5, 20, 16]
    swapped = json.loads(json.dumps(document))
    swapped["annotations"].reverse()
    for k, row in enumerate(swapped["annotations"], 11):
        row["id"] = k
    assert _marks(document) == _marks(swapped)
    moved = json.loads(json.dumps(document))
    moved["annotations"][1]["bboxes"][2] = [51, 5, 20, 16]
    assert _marks(moved) != _marks(document)


def _marks(document: Any) -> set[str | None]:
    settings = CheckSettings(rules=RULES, fingerprints=True, max_findings=None, reload=ReloadMode.NEVER)
    return {finding.fingerprint for finding in check_source(read_document(document), settings).findings}


def test_image_files_are_checked_frame_by_frame(tmp_path: Path) -> None:
    document = video(videos=[{}, {"file_names": ["2/0.jpg", "2/1.jpg", "2/gone.jpg"]}])
    for name in ("1/0.jpg", "1/1.jpg", "1/2.jpg", "2/0.jpg", "2/1.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(black_png(60 if name == "2/1.jpg" else 64, 48))
    pointers = found(document, images=str(tmp_path), select=["COCO801", "COCO802", "COCO803"])
    assert pointers == {"COCO801": ["/videos/1/file_names/2"], "COCO803": ["/videos/1/file_names/1"]}


def test_html_has_a_film_strip(tmp_path: Path) -> None:
    document = video([{}, {"category_id": 2}])
    document["annotations"][1]["bboxes"][2] = [50, 5, 20, 16]
    path, out = tmp_path / "file.json", tmp_path / "report.html"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        main(["check", str(path), "--no-images", "--format", "html", "-o", str(out)])
    assert end.value.code == 0
    text = out.read_text(encoding="utf-8")
    assert "frame 0 of the track" in text
    assert "<svg" in text


def test_images_of_a_file_of_videos_are_not_rows_of_it() -> None:
    text = json.dumps({**video(), "images": [7, {"id": "x", "width": []}]}).replace('"id": "x"', '"id": "x", "id": "y"')
    read = check_source(Source("x", text.encode()), CheckSettings(kind=Kind.VIDEO_INSTANCES, reload=ReloadMode.NEVER))
    assert [(finding.code, finding.pointer) for finding in read.findings if finding.severity is Severity.ERROR] == [
        ("COCO005", "/images/1/id")
    ]
