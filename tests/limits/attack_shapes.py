"""Hostile geometry: polygons, boxes, runs and poses that ask for much work."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

from .attack_parts import annotation, annotations, document, listed, repeated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["GEOMETRY"]


def _numbers(values: list[float]) -> str:
    return "[" + ",".join(f"{value:g}" for value in values) + "]"


def _ring(text: str) -> bytes:
    return document(listed([annotation(f',"segmentation":[{text}]')]))


def _polygon(center: float, radius: float, corners: int, step: int = 1, start: float = 0) -> list[float]:
    angles = [start + 2 * math.pi * step * k / corners for k in range(corners)]
    return [round(value, 1) for angle in angles for value in (center + radius * math.cos(angle), 240 + radius * math.sin(angle))]


def _with_rings(rings: list[list[float]]) -> bytes:
    return document(listed([annotation(f',"segmentation":{listed(map(_numbers, rings))}')]))


def _each(rings: list[list[float]], fields: str = "") -> bytes:
    return document(listed(annotation(f',"segmentation":[{_numbers(ring)}]{fields}', k) for k, ring in enumerate(rings, 1)))


def points(n: int) -> bytes:
    return _ring("[" + ",".join(["1,1,9,1,9,9,1,9,3,5"] * (n // 5)) + "]")


def star(n: int) -> bytes:
    return _ring(_numbers(_polygon(320, 200, 2 * n + 1, n)))


def stars(n: int) -> bytes:
    return _each([_polygon(100 + k % 400, 50, 5, 2) for k in range(n)])


def large_stars(n: int) -> bytes:
    return _each([_polygon(300 + k % 50, 150, 101, 50) for k in range(n)])


def stars_of_one(n: int) -> bytes:
    return _with_rings([_polygon(100 + k % 400, 50, 5, 2) for k in range(n)])


def spiral(n: int) -> bytes:
    values = []
    for k in range(n):
        values += [320 + k * 200 / n * math.cos(k * 0.1), 240 + k * 200 / n * math.sin(k * 0.1)]
    return _ring("[" + ",".join(f"{value:.3f}" for value in values) + "]")


def spirals(n: int) -> bytes:
    ring = [value for k in range(400) for value in (320 + k / 2 * math.cos(k * 0.3), 240 + k / 2 * math.sin(k * 0.3))]
    return document(repeated(annotation(f',"segmentation":[{_numbers(ring)}]'), n))


def furrows(n: int) -> bytes:
    """A ring that goes to and fro through an image, and does not cross itself."""
    side = math.isqrt(n)
    values: list[float] = []
    for row in range(side):
        columns = range(side) if row % 2 == 0 else range(side - 1, -1, -1)
        values += [number for column in columns for number in (column, row)]
    return _ring(_numbers([*values, -1, side, -1, 0]))


def touching_teeth(n: int) -> bytes:
    return _ring(_numbers([value for k in range(n) for value in (2 * k, 0, 2 * k + 1, 9, 2 * k + 2, 0, 2 * k + 1, 4)]))


def nested_rings(n: int) -> bytes:
    return _with_rings([[320 - k, 240 - k, 320 + k, 240 - k, 320 + k, 240 + k, 320 - k, 240 + k] for k in range(1, n + 1)])


def crossing_rings(n: int) -> bytes:
    return _with_rings([_polygon(320, 200, 6, 1, k) for k in range(n)])


def slabs(n: int) -> bytes:
    """Bars across one another in one annotation: each pair overlaps."""
    rings = [[k, 0, k + 0.5, 0, k + 0.5, n, k, n] for k in range(n)] + [[0, k, n, k, n, k + 0.5, 0, k + 0.5] for k in range(n)]
    return _with_rings([list(map(float, ring)) for ring in rings])


def crossing_annotations(n: int) -> bytes:
    return _each([_polygon(320, 200, 12, 1, k) for k in range(n)])


def retraced_squares(n: int) -> bytes:
    """Rings that run round one square again and again: the place of a crossing is looked for in each of them."""
    return document(annotations(n, f',"segmentation":[{repeated("1,2,31,2,31,42,1,42", 250)}]'))


def collinear(n: int) -> bytes:
    return _ring("[" + ",".join(f"{k % 9973},{k % 9973}" for k in range(n)) + "]")


def one_point(n: int) -> bytes:
    return _ring("[" + ",".join(["5,5"] * n) + "]")


def far_edges(n: int) -> bytes:
    return _ring("[" + ",".join(["0,0,1000000,999999,3,1000000"] * (n // 3)) + "]")


def extreme_numbers(n: int) -> bytes:
    return _ring("[" + ",".join(["1e300,-1e300,1e-300,5e-324,123456789012345,-0.0"] * (n // 3)) + "]")


def long_numbers(n: int) -> bytes:
    return _ring("[" + ",".join(["1.0000000000000000000000000000000000000000001,2"] * n) + "]")


def slivers(n: int) -> bytes:
    return _each([[k % 600, 5, k % 600 + 30, 5.01, k % 600, 5.02] for k in range(n)])


def two_points(n: int) -> bytes:
    return _each([[1, 2, 3, 4]] * n)


def odd_rings(n: int) -> bytes:
    return _each([[1, 2, 3, 4, 5, 6, 7]] * n)


def rings_of_one(n: int) -> bytes:
    return document(listed([annotation(f',"segmentation":{repeated("[1]", n)}')]))


def flat_rings(n: int) -> bytes:
    return document(listed(annotation(',"segmentation":[1,1,9,1,9,9]', k) for k in range(n)))


def one_flat_ring(n: int) -> bytes:
    return document(listed([annotation(f',"segmentation":{repeated("1.5", n)}')]))


def nested_coordinates(n: int) -> bytes:
    return document(listed([annotation(f',"segmentation":[{repeated("[1,2]", n)}]')]))


def text_coordinates(n: int) -> bytes:
    return document(listed([annotation(f',"segmentation":[{repeated(chr(34) + "1" + chr(34), n)}]')]))


def mixed_coordinates(n: int) -> bytes:
    return document(listed([annotation(f',"segmentation":[{repeated("null,true,[],{}", n // 4)}]')]))


def squares(n: int) -> bytes:
    return document(annotations(n, ',"segmentation":[[1,2,42,2,42,42,1,42]]'))


def large_images(n: int) -> bytes:
    """Masks on an image of 16 million pixels: what an array of pixels for each would take is not paid."""
    image = '[{"id":1,"file_name":"a.jpg","width":4095,"height":4096}]'
    return document(annotations(n, ',"segmentation":[[1,2,4000,2,4000,4000,1,4000]]'), images=image)


def equal_boxes(n: int) -> bytes:
    return document(annotations(n))


def near_boxes(n: int) -> bytes:
    return document(
        listed(annotation(number=k, box=f'"bbox":[{k % 1000 / 1000},2,400,300],"area":120000,"iscrowd":0') for k in range(1, n + 1))
    )


def random_boxes(n: int) -> bytes:
    draw = random.Random(0)  # noqa: S311
    boxes = (
        f'"bbox":[{draw.randrange(300)},{draw.randrange(300)},{draw.randrange(1, 99)},{draw.randrange(1, 99)}],"area":9,"iscrowd":0'
        for _ in range(n)
    )
    return document(listed(annotation(number=k, box=box) for k, box in enumerate(boxes, 1)))


def nested_boxes(n: int) -> bytes:
    return document(
        listed(
            annotation(number=k, box=f'"bbox":[0,0,{100 + k / 1000},{100 + k / 1000}],"area":9,"iscrowd":{k % 2}') for k in range(1, n + 1)
        )
    )


def boxes_of_classes(n: int) -> bytes:
    categories = listed(f'{{"id":{k},"name":"c{k}"}}' for k in range(1, 101))
    return document(listed(annotation(number=k, category=1 + k % 100) for k in range(1, n + 1)), categories=categories)


def long_box(n: int) -> bytes:
    return document(listed([annotation(box=f'"bbox":{repeated("1", n)}')]))


def crowds(n: int) -> bytes:
    return document(
        annotations(n, box='"bbox":[1,2,41,40],"area":1640,"iscrowd":1', fields=',"segmentation":{"size":[480,640],"counts":[3,40,307157]}')
    )


def _mask(counts: str, height: int | str, width: int | str, fields: str = "") -> bytes:
    image = f'[{{"id":1,"file_name":"a.jpg","width":{width},"height":{height}}}]'
    return document(listed([annotation(f',"segmentation":{{"size":[{height},{width}],"counts":{counts}{fields}}}')]), images=image)


def counts_text(n: int) -> bytes:
    side = math.isqrt(n)
    return _mask('"111' + "0" * (side * side - 3) + '"', side, side)


def long_groups(n: int) -> bytes:
    return _mask('"' + "ooooo0" * (n // 6) + '"', 4000, 4000)


def overlong_counts(n: int) -> bytes:
    return _mask('"' + "o" * n + '"', 4000, 4000)


def bad_last_character(n: int) -> bytes:
    return _mask('"' + "1" * n + '~"', 4000, 4000)


def escaped_counts(n: int) -> bytes:
    return _mask('"' + "\\u0031" * n + '"', 4000, 4000)


def zero_runs(n: int) -> bytes:
    return _mask(repeated("0", n), 1000, 1000)


def one_runs(n: int) -> bytes:
    side = math.isqrt(n)
    return _mask(repeated("1", side * side), side, side)


def huge_runs(n: int) -> bytes:
    return _mask(repeated(str(2**62), n), 1000, 1000)


def negative_runs(n: int) -> bytes:
    return _mask(repeated("-5", n), 1000, 1000)


def float_runs(n: int) -> bytes:
    return _mask(repeated("1.0", n), 1000, 1000)


def mixed_runs(n: int) -> bytes:
    return _mask(repeated('1,"a",null', n // 3), 1000, 1000)


def line_image(n: int) -> bytes:
    return _mask(f"[0,{n}]", 1, n)


def column_image(n: int) -> bytes:
    return _mask(f"[0,{n}]", n, 1)


def vast_image(n: int) -> bytes:
    return _mask(f"[0,{n * n}]", n, n)


def vast_masks(n: int) -> bytes:
    image = '[{"id":1,"file_name":"a.jpg","width":30000,"height":30000}]'
    return document(annotations(n, ',"segmentation":{"size":[30000,30000],"counts":[100,899999900]}'), images=image)


def full_masks(n: int) -> bytes:
    image = '[{"id":1,"file_name":"a.jpg","width":4000,"height":4000}]'
    return document(annotations(n, ',"segmentation":{"size":[4000,4000],"counts":[100,15999900]}'), images=image)


def stripes(n: int) -> bytes:
    """Masks of many short runs, all on one image: each pair is compared by an evaluation."""
    image = '[{"id":1,"file_name":"a.jpg","width":1000,"height":1000}]'
    return document(annotations(n, f',"segmentation":{{"size":[1000,1000],"counts":{repeated("500", 2000)}}}'), images=image)


def small_masks(n: int) -> bytes:
    return document(annotations(n, ',"segmentation":{"size":[480,640],"counts":"lo03b<N0O2Z<0"}'))


def empty_counts(n: int) -> bytes:
    return document(annotations(n, ',"segmentation":{"size":[480,640],"counts":""}'))


def other_sizes(n: int) -> bytes:
    return document(annotations(n, ',"segmentation":{"size":[48,64],"counts":[3,40,3029]}'))


def mask_without_counts(n: int) -> bytes:
    return document(annotations(n, ',"segmentation":{"size":[480,640]}'))


def mask_with_keys(n: int) -> bytes:
    more = "".join(f',"k{k}":1' for k in range(n))
    return _mask("[3,40,307157]", 480, 640, more)


def repeated_counts(n: int) -> bytes:
    return _mask("[3,40,307157]", 480, 640, ',"counts":[1]' * n)


def poses(n: int) -> bytes:
    names = listed(f'"k{k}"' for k in range(17))
    fields = f',"num_keypoints":17,"keypoints":{repeated("5,6,2", 17)}'
    return document(annotations(n, fields), categories=f'[{{"id":1,"name":"a","keypoints":{names},"skeleton":[[1,2]]}}]')


def long_pose(n: int) -> bytes:
    names = listed(f'"k{k}"' for k in range(n))
    fields = f',"num_keypoints":{n},"keypoints":{repeated("5,6,2", n)}'
    return document(listed([annotation(fields)]), categories=f'[{{"id":1,"name":"a","keypoints":{names},"skeleton":[]}}]')


def other_poses(n: int) -> bytes:
    names = listed(f'"k{k}"' for k in range(17))
    return document(annotations(n, ',"num_keypoints":3,"keypoints":[1,2,7,1]'), categories=f'[{{"id":1,"name":"a","keypoints":{names}}}]')


def equal_joints(n: int) -> bytes:
    return document(
        listed([annotation()]), categories=f'[{{"id":1,"name":"a","keypoints":{repeated(chr(34) + "nose" + chr(34), n)},"skeleton":[]}}]'
    )


def edges(n: int) -> bytes:
    return document(listed([annotation()]), categories=f'[{{"id":1,"name":"a","keypoints":["a","b"],"skeleton":{repeated("[1,2]", n)}}}]')


def edges_outside(n: int) -> bytes:
    return document(listed([annotation()]), categories=f'[{{"id":1,"name":"a","keypoints":["a","b"],"skeleton":{repeated("[9,0]", n)}}}]')


def edges_of_texts(n: int) -> bytes:
    edge = '["a","b"]'
    return document(listed([annotation()]), categories=f'[{{"id":1,"name":"a","keypoints":["a","b"],"skeleton":{repeated(edge, n)}}}]')


GEOMETRY: Mapping[str, tuple[Callable[[int], bytes], tuple[int, ...]]] = {
    "points": (points, (100, 1_000_000, 5_000_000)),
    "star": (star, (20, 500, 5_000, 50_000)),
    "stars": (stars, (20, 20_000, 100_000)),
    "large_stars": (large_stars, (5, 300, 3_000)),
    "stars_of_one": (stars_of_one, (20, 1_000, 50_000)),
    "spiral": (spiral, (50, 100_000, 1_000_000)),
    "spirals": (spirals, (2, 1_000, 5_000)),
    "furrows": (furrows, (100, 250_000, 2_000_000)),
    "touching_teeth": (touching_teeth, (20, 20_000, 200_000)),
    "nested_rings": (nested_rings, (20, 3_000, 50_000)),
    "crossing_rings": (crossing_rings, (10, 300, 3_000)),
    "slabs": (slabs, (10, 200, 2_000)),
    "crossing_annotations": (crossing_annotations, (10, 3_000, 20_000)),
    "retraced_squares": (retraced_squares, (2, 300, 1_500)),
    "collinear": (collinear, (100, 100_000, 2_000_000)),
    "one_point": (one_point, (100, 1_000_000, 5_000_000)),
    "far_edges": (far_edges, (30, 10_000, 1_000_000)),
    "extreme_numbers": (extreme_numbers, (30, 500_000)),
    "long_numbers": (long_numbers, (30, 500_000)),
    "slivers": (slivers, (20, 100_000)),
    "two_points": (two_points, (20, 200_000)),
    "odd_rings": (odd_rings, (20, 200_000)),
    "rings_of_one": (rings_of_one, (100, 2_000_000)),
    "flat_rings": (flat_rings, (20, 200_000)),
    "one_flat_ring": (one_flat_ring, (100, 5_000_000)),
    "nested_coordinates": (nested_coordinates, (100, 2_000_000)),
    "text_coordinates": (text_coordinates, (100, 3_000_000)),
    "mixed_coordinates": (mixed_coordinates, (100, 2_000_000)),
    "squares": (squares, (20, 10_000, 100_000)),
    "large_images": (large_images, (3, 1_000, 20_000)),
    "equal_boxes": (equal_boxes, (20, 10_000, 300_000)),
    "near_boxes": (near_boxes, (20, 10_000, 200_000)),
    "random_boxes": (random_boxes, (20, 20_000, 200_000)),
    "nested_boxes": (nested_boxes, (20, 10_000, 200_000)),
    "boxes_of_classes": (boxes_of_classes, (20, 10_000, 200_000)),
    "long_box": (long_box, (20, 5_000_000)),
    "crowds": (crowds, (5, 20_000)),
    "counts_text": (counts_text, (400, 4_000_000, 20_000_000)),
    "long_groups": (long_groups, (60, 20_000_000)),
    "overlong_counts": (overlong_counts, (60, 20_000_000)),
    "bad_last_character": (bad_last_character, (60, 20_000_000)),
    "escaped_counts": (escaped_counts, (60, 5_000_000)),
    "zero_runs": (zero_runs, (60, 10_000_000)),
    "one_runs": (one_runs, (400, 16_000_000)),
    "huge_runs": (huge_runs, (60, 2_000_000)),
    "negative_runs": (negative_runs, (60, 5_000_000)),
    "float_runs": (float_runs, (60, 5_000_000)),
    "mixed_runs": (mixed_runs, (60, 3_000_000)),
    "line_image": (line_image, (60, 1_000_000_000)),
    "column_image": (column_image, (60, 1_000_000_000)),
    "vast_image": (vast_image, (60, 30_000, 3_000_000_000)),
    "vast_masks": (vast_masks, (3, 100_000)),
    "full_masks": (full_masks, (3, 1_000, 100_000)),
    "stripes": (stripes, (2, 300, 3_000)),
    "small_masks": (small_masks, (20, 100_000)),
    "empty_counts": (empty_counts, (20, 200_000)),
    "other_sizes": (other_sizes, (20, 100_000)),
    "mask_without_counts": (mask_without_counts, (20, 200_000)),
    "mask_with_keys": (mask_with_keys, (20, 1_000_000)),
    "repeated_counts": (repeated_counts, (20, 1_000_000)),
    "poses": (poses, (5, 1_000, 50_000)),
    "long_pose": (long_pose, (20, 1_000_000)),
    "other_poses": (other_poses, (20, 200_000)),
    "equal_joints": (equal_joints, (20, 2_000_000)),
    "edges": (edges, (20, 100_000, 3_000_000)),
    "edges_outside": (edges_outside, (20, 2_000_000)),
    "edges_of_texts": (edges_of_texts, (20, 2_000_000)),
}
"""Each shape with its sizes, the first for every run of the suite."""
