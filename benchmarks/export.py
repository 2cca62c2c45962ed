"""What an export costs, beside supervision's `as_coco` in the same run.

Two parts: 200 images of 1280x960 with 10 masks each (blobs, some with holes and islands), CPU seconds; and boxes from
a generator, images a second and peak memory, each exporter in a process of its own.

    python benchmarks/export.py [--images 200] [--box-images 100000]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

WIDTH, HEIGHT, MASKS, BOXES = 1280, 960, 10, 10
SUPERVISION_IMAGES = 2_000


def make_mask(rng):
    """A blob with a wavy outline; one in four has a hole, one in four an island beside it."""
    mask = np.zeros((HEIGHT, WIDTH), bool)
    radius = rng.uniform(20, 150)
    x, y = rng.uniform(radius, WIDTH - radius), rng.uniform(radius, HEIGHT - radius)
    phases = rng.uniform(0, 2 * np.pi, 3)
    top, left = int(max(y - 1.5 * radius, 0)), int(max(x - 1.5 * radius, 0))
    ys, xs = np.mgrid[top : int(min(y + 1.5 * radius, HEIGHT)), left : int(min(x + 1.5 * radius, WIDTH))]
    angle, distance = np.arctan2(ys - y, xs - x), np.hypot(ys - y, xs - x)
    outline = radius * (
        1 + 0.2 * np.sin(3 * angle + phases[0]) + 0.1 * np.sin(7 * angle + phases[1]) + 0.02 * np.sin(40 * angle + phases[2])
    )
    part = distance < outline
    kind = rng.integers(4)
    if kind == 0:
        part &= distance > radius * 0.3
    elif kind == 1:
        part |= np.hypot(ys - y + 1.3 * radius, xs - x) < radius * 0.1
    mask[ys[0, 0] : ys[-1, 0] + 1, xs[0, 0] : xs[0, -1] + 1] = part
    return mask


def make_dataset(folder, images, rng):
    import supervision as sv
    from PIL import Image

    annotations = {}
    for number in range(images):
        path = folder / f"{number:06}.png"
        Image.fromarray(np.zeros((HEIGHT, WIDTH), np.uint8)).save(path, compress_level=1)
        masks = np.array([make_mask(rng) for _ in range(MASKS)])
        detections = sv.Detections(
            xyxy=sv.mask_to_xyxy(masks) + np.array([0.0, 0.0, 1.0, 1.0]), mask=masks, class_id=rng.integers(0, 3, MASKS)
        )
        annotations[str(path)] = detections
    return sv.DetectionDataset(["dog", "person", "car"], list(annotations), annotations)


def cpu(function):
    begin = time.process_time()
    function()
    return time.process_time() - begin


def iou_read_back(path, dataset):
    """IoU of each mask with what pycocotools reads back; nan where it raises."""
    import contextlib
    import io

    from pycocotools.coco import COCO

    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(path))
    ious, crowds = [], 0
    by_name = {Path(name).name: detections.mask for name, detections in dataset.annotations.items()}
    for image in coco.imgs.values():
        masks = by_name[Path(image["file_name"]).name]
        for annotation, mask in zip(coco.imgToAnns[image["id"]], masks, strict=True):
            back = coco.annToMask(annotation).astype(bool)
            ious.append((back & mask).sum() / (back | mask).sum())
            crowds += annotation["iscrowd"]
    return np.array(ious), crowds


def masks_part(images):
    from cocoproof.export import export_coco
    from cocoproof.mapping import ClassMapping

    rng = np.random.default_rng(0)
    mapping = ClassMapping.from_names(["dog", "person", "car"], ["person", "car", "dog"])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        dataset = make_dataset(folder, images, rng)
        out = folder / "out.json"
        ways = [("supervision as_coco", lambda: dataset.as_coco(annotations_path=str(out)))]
        ways += [
            (f"cocoproof, masks={masks!r}", lambda masks=masks: export_coco(dataset, out, mapping=mapping, masks=masks))
            for masks in ("rle", "polygon", "auto")
        ]
        ways.append(
            ("cocoproof, masks='polygon', min_iou=0.9", lambda: export_coco(dataset, out, mapping=mapping, masks="polygon", min_iou=0.9))
        )
        print(f"{images} images of {WIDTH}x{HEIGHT}, {images * MASKS} masks")
        print(f"{'way':<42} {'CPU s':>7} {'ratio':>7} {'MB':>6} {'exact':>6} {'mean IoU':>8} {'least':>6} {'iscrowd':>7}")
        base = None
        for name, way in ways:
            seconds = min(cpu(way) for _ in range(1 if base is None or "min_iou" in name else 3))
            base = base or seconds
            ious, crowds = iou_read_back(out, dataset)
            size = out.stat().st_size / 1e6
            exact = f"{(ious == 1).mean():.0%}"
            print(
                f"{name:<42} {seconds:7.2f} {base / seconds:6.1f}x {size:6.2f} {exact:>6} {ious.mean():8.4f} {ious.min():6.3f} {crowds:7}"
            )


def boxes_of(images):
    rng = np.random.default_rng(0)
    for number in range(images):
        corner = rng.uniform(0, 500, (BOXES, 2))
        yield f"{number:08}.jpg", np.concatenate([corner, corner + rng.uniform(1, 100, (BOXES, 2))], axis=1), rng.integers(0, 3, BOXES)


def peak_megabytes():
    """Peak memory of this process alone; ru_maxrss would count what the parent had when it forked."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def boxes_child(way, images):
    import supervision as sv

    sv.Detections.empty()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        out = folder / "out.json"
        if way == "nothing":
            begin = time.process_time()
            for _, xyxy, ids in boxes_of(images):
                sv.Detections(xyxy=xyxy, class_id=ids)
            seconds = time.process_time() - begin
        elif way == "cocoproof":
            from cocoproof.export import export_coco
            from cocoproof.mapping import ClassMapping

            mapping = ClassMapping.from_names(["dog", "person", "car"], ["person", "car", "dog"])
            source = (((name, (640, 640)), sv.Detections(xyxy=xyxy, class_id=ids)) for name, xyxy, ids in boxes_of(images))
            seconds = cpu(lambda: export_coco(source, out, mapping=mapping))
        elif way == "supervision, pictures in memory":
            picture = np.zeros((640, 640), np.uint8)
            items = [(name, sv.Detections(xyxy=xyxy, class_id=ids)) for name, xyxy, ids in boxes_of(images)]
            dataset = sv.DetectionDataset(["dog", "person", "car"], {name: picture for name, _ in items}, dict(items))
            seconds = cpu(lambda: dataset.as_coco(annotations_path=str(out)))
        else:
            # A data set of files: both open every picture for its size.
            from PIL import Image

            from cocoproof.export import export_coco
            from cocoproof.mapping import ClassMapping

            mapping = ClassMapping.from_names(["dog", "person", "car"], ["person", "car", "dog"])
            annotations = {}
            for name, xyxy, ids in boxes_of(images):
                path = str(folder / f"{name[:-4]}.png")
                Image.fromarray(np.zeros((640, 640), np.uint8)).save(path, compress_level=1)
                annotations[path] = sv.Detections(xyxy=xyxy, class_id=ids)
            dataset = sv.DetectionDataset(["dog", "person", "car"], list(annotations), annotations)
            if way == "supervision dataset":
                seconds = cpu(lambda: dataset.as_coco(annotations_path=str(out)))
            else:
                seconds = cpu(lambda: export_coco(dataset, out, mapping=mapping))
        print(json.dumps({"cpu": seconds, "peak": peak_megabytes()}))


def boxes_part(images):
    print(f"\n{BOXES} boxes an image, CPU; from a generator, with and without what it costs to make the detections")
    print(f"{'way':<42} {'images':>8} {'images/s':>9} {'net':>9} {'peak MB':>8}")
    rows = [
        ("nothing", images),
        ("cocoproof", images),
        ("supervision, pictures in memory", SUPERVISION_IMAGES),
        ("supervision dataset", SUPERVISION_IMAGES),
        ("cocoproof dataset", SUPERVISION_IMAGES),
    ]
    making = 0.0
    for way, count in rows:
        done = subprocess.run(
            [sys.executable, __file__, "--child", way, "--box-images", str(count)], check=True, capture_output=True, text=True
        )
        result = json.loads(done.stdout.splitlines()[-1])
        seconds = result["cpu"]
        net = seconds - making if way == "cocoproof" else seconds
        making = seconds if way == "nothing" else making
        print(f"{way:<42} {count:8} {count / seconds:9.0f} {count / net:9.0f} {result['peak']:8.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--box-images", type=int, default=100_000)
    parser.add_argument("--child")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.child:
        boxes_child(options.child, options.box_images)
        return
    masks_part(options.images)
    boxes_part(options.box_images)


if __name__ == "__main__":
    main()
