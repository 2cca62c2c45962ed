"""Hostile rows: ids, names and references in masses, and the kinds of files beside instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .attack_parts import annotation, annotations, document, listed, of_length, repeated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["ROWS"]

_SOUND = listed([annotation()])


def _images(names: list[str], rows: str = _SOUND) -> bytes:
    """Images of these names, which are JSON texts."""
    return document(rows, images=listed(f'{{"id":{k},"file_name":{name},"width":640,"height":480}}' for k, name in enumerate(names, 1)))


def _categories(names: list[str]) -> bytes:
    return document(_SOUND, categories=listed(f'{{"id":{k},"name":{name}}}' for k, name in enumerate(names, 1)))


def _quoted(texts: list[str]) -> list[str]:
    return [f'"{text}"' for text in texts]


def equal_ids(n: int) -> bytes:
    return document(repeated(annotation(), n))


def equal_image_ids(n: int) -> bytes:
    return document(_SOUND, images=listed(f'{{"id":1,"file_name":"{k}.jpg","width":640,"height":480}}' for k in range(n)))


def equal_category_ids(n: int) -> bytes:
    return document(_SOUND, categories=listed(f'{{"id":1,"name":"c{k}"}}' for k in range(n)))


def equal_file_names(n: int) -> bytes:
    return _images(['"a.jpg"'] * n)


def equal_category_names(n: int) -> bytes:
    return _categories(['"a"'] * n)


def colliding_ids(n: int) -> bytes:
    """Ids with one hash in Python's dictionaries."""
    return document(listed(annotation(number=(2**61 - 1) * (k % 4) + k // 4) for k in range(n)))


def colliding_texts(n: int) -> bytes:
    return document(
        listed(f'{{"id":"{k % 2 * "0"}{k}","image_id":1,"category_id":1,"bbox":[1,2,3,4],"area":12,"iscrowd":0}}' for k in range(n))
    )


def text_image_ids(n: int) -> bytes:
    images = listed(f'{{"id":"i{k}","file_name":"{k}.jpg","width":640,"height":480}}' for k in range(n))
    rows = (f'{{"id":{k},"image_id":"i{k}","category_id":1,"bbox":[1,2,3,4],"area":12,"iscrowd":0}}' for k in range(n))
    return document(listed(rows), images=images)


def dangling_images(n: int) -> bytes:
    return document(listed(annotation(number=k, image=k + 7) for k in range(n)))


def dangling_categories(n: int) -> bytes:
    return document(listed(annotation(number=k, category=k + 7) for k in range(n)))


def dangling_licences(n: int) -> bytes:
    return document(_SOUND, images=listed(f'{{"id":{k},"file_name":"{k}.jpg","width":64,"height":48,"license":{k}}}' for k in range(n)))


def licences(n: int) -> bytes:
    return document(_SOUND).replace(b'"licenses":[]', f'"licenses":{listed(f"{{{chr(34)}id{chr(34)}:{k}}}" for k in range(n))}'.encode())


def sparse_ids(n: int) -> bytes:
    categories = listed(f'{{"id":{k * 10**12},"name":"c{k}"}}' for k in range(n))
    return document(listed(annotation(number=k * 10**12, category=k % n * 10**12) for k in range(n)), categories=categories)


def images(n: int) -> bytes:
    return _images([f'"{k:07}.jpg"' for k in range(n)])


def categories(n: int) -> bytes:
    return _categories([f'"c{k}"' for k in range(n)])


def long_file_name(n: int) -> bytes:
    return _images([of_length(n)])


def long_wide_file_name(n: int) -> bytes:
    return _images([of_length(n, "\U0001f600")])


def long_category_name(n: int) -> bytes:
    return _categories([of_length(n)])


def long_category_of_many(n: int) -> bytes:
    return document(annotations(200), categories=f'[{{"id":1,"name":{of_length(n)}}}]')


def long_escaped_name(n: int) -> bytes:
    return _categories(['"' + "\\u00e9\\n" * n + '"'])


def long_names(n: int) -> bytes:
    return _images(_quoted([f"{'x' * 2000}{k}.jpg" for k in range(n)]))


def long_category_names(n: int) -> bytes:
    return _categories(_quoted([f"{'x' * 2000}{k}" for k in range(n)]))


def marks(n: int) -> bytes:
    """One name of combining marks out of order, which a normal form sorts."""
    return _categories(['"a' + "\u0301\u0316" * (n // 2) + '"'])


def marks_of_file_name(n: int) -> bytes:
    return _images(['"a' + "\u0301\u0316" * (n // 2) + '.jpg"'])


def ligatures(n: int) -> bytes:
    """A character that is eighteen in a compatibility form."""
    return _categories([of_length(n, "\ufdfa")])


def sharp_s(n: int) -> bytes:
    return _categories([of_length(n, "\u00df"), of_length(n, "ss")])


def confusable_names(n: int) -> bytes:
    return _categories(_quoted([f"{'Aa'[k % 2]}{' ' * (k % 3)}b" for k in range(n)]))


def near_names(n: int) -> bytes:
    return _categories(_quoted([f"traffic light {k:06}" for k in range(n)]))


def blank_names(n: int) -> bytes:
    return _categories(['" "'] * n)


def blank_long_name(n: int) -> bytes:
    return _categories([of_length(n, " ")])


def padded_names(n: int) -> bytes:
    return _categories(_quoted([f" c{k}\\n" for k in range(n)]))


def bidi_names(n: int) -> bytes:
    return _images(_quoted([f"\u202e{k}\u2066.jpg" for k in range(n)]))


def control_names(n: int) -> bytes:
    return _images(_quoted([f"\\u001b[2J\\u0000{k}::error::##[x]" for k in range(n)]))


def markup_names(n: int) -> bytes:
    return _categories(_quoted([f"<script>{k}</script>|`[a](b){{0}}" for k in range(n)]))


def unsafe_names(n: int) -> bytes:
    return _images(_quoted([f"../../{k}/C:\\\\x\\u0000" for k in range(n)]))


def deep_name(n: int) -> bytes:
    return _images([of_length(n, "a/")])


def dotted_name(n: int) -> bytes:
    return _images([of_length(n, "../a/")])


def digits_of_name(n: int) -> bytes:
    return _images([of_length(n, "0")])


def groups_of_digits(n: int) -> bytes:
    return _images([of_length(n, "1_")])


def frames(n: int) -> bytes:
    return _images(_quoted([f"video{k % 7}/frame_{k:06}.jpg" for k in range(n)]))


def frames_of_long_numbers(n: int) -> bytes:
    return _images(_quoted([f"frame_{'9' * 4000}{k}.jpg" for k in range(n)]))


def equal_stems(n: int) -> bytes:
    return _images(_quoted([f"{k}/a.{'jpg' if k % 2 else 'png'}" for k in range(n)]))


def case_of_names(n: int) -> bytes:
    return _images(_quoted([f"{format(k, 'b').replace('0', 'a').replace('1', 'A')}.jpg" for k in range(n)]))


def hashes_of_names(n: int) -> bytes:
    return _images(_quoted([f"img{k}_jpg.rf.{k:032x}.jpg" for k in range(n)]))


def image_sizes(n: int) -> bytes:
    return document(_SOUND, images=listed(f'{{"id":{k},"file_name":"{k}.jpg","width":{k},"height":{10**9 - k}}}' for k in range(1, n)))


def odd_sizes(n: int) -> bytes:
    return document(_SOUND, images=listed(f'{{"id":{k},"file_name":"{k}.jpg","width":"640","height":-1.5}}' for k in range(1, n)))


def urls(n: int) -> bytes:
    return document(_SOUND, images=f'[{{"id":1,"file_name":"a.jpg","width":640,"height":480,"coco_url":{of_length(n, "http://")}}}]')


def captions(n: int) -> bytes:
    return document(listed(f'{{"id":{k},"image_id":1,"caption":"a dog"}}' for k in range(n)))


def long_caption(n: int) -> bytes:
    return document(f'[{{"id":1,"image_id":1,"caption":{of_length(n)}}}]')


def blank_captions(n: int) -> bytes:
    return document(listed(f'{{"id":{k},"image_id":1,"caption":" "}}' for k in range(n)))


def wrong_captions(n: int) -> bytes:
    return document(listed(f'{{"id":{k},"image_id":1,"caption":[1]}}' for k in range(n)))


def _lvis(image: str, category: str, rows: str = _SOUND) -> bytes:
    return document(rows, images=f"[{image}]", categories=category)


_LVIS_IMAGE = '{"id":1,"file_name":"a.jpg","width":640,"height":480,"neg_category_ids":%s,"not_exhaustive_category_ids":%s}'
_LVIS_CATEGORY = '{"id":%d,"name":"c%d","synset":"c.n.%d","frequency":"r","image_count":1,"instance_count":1}'


def negative_categories(n: int) -> bytes:
    return _lvis(_LVIS_IMAGE % (listed(map(str, range(n))), "[]"), f"[{_LVIS_CATEGORY % (1, 1, 1)}]")


def equal_negatives(n: int) -> bytes:
    return _lvis(_LVIS_IMAGE % (repeated("1", n), repeated("1", n)), f"[{_LVIS_CATEGORY % (1, 1, 1)}]")


def lvis_categories(n: int) -> bytes:
    return _lvis(_LVIS_IMAGE % ("[]", "[]"), listed(_LVIS_CATEGORY % (k, k, k) for k in range(1, n + 1)))


def lvis_images(n: int) -> bytes:
    image = '{"id":%d,"file_name":"%d.jpg","width":640,"height":480,"neg_category_ids":[1,2,3],"not_exhaustive_category_ids":[9]}'
    return _lvis(",".join(image % (k, k) for k in range(1, n + 1)), f"[{_LVIS_CATEGORY % (1, 1, 1)}]")


def wrong_negatives(n: int) -> bytes:
    return _lvis(_LVIS_IMAGE % (repeated('"a"', n), "7"), f"[{_LVIS_CATEGORY % (1, 1, 1)}]")


_SEGMENT = '{"id":%d,"category_id":1,"area":5,"bbox":[1,2,3,4],"iscrowd":0}'


def segments(n: int) -> bytes:
    return document(f'[{{"image_id":1,"file_name":"a.png","segments_info":{listed(_SEGMENT % k for k in range(n))}}}]')


def equal_segments(n: int) -> bytes:
    return document(f'[{{"image_id":1,"file_name":"a.png","segments_info":{repeated(_SEGMENT % 1, n)}}}]')


def panoptic_rows(n: int) -> bytes:
    return document(listed(f'{{"image_id":1,"file_name":"{k}.png","segments_info":[{_SEGMENT % k}]}}' for k in range(n)))


def wrong_segments(n: int) -> bytes:
    return document(f'[{{"image_id":1,"file_name":"a.png","segments_info":{repeated("[]", n)}}}]')


_RESULT = '{"image_id":%d,"category_id":1,"bbox":[1,2,41,40],"score":0.5}'


def results(n: int) -> bytes:
    return listed(_RESULT % (k % 100) for k in range(n)).encode()


def results_of_one_image(n: int) -> bytes:
    return repeated(_RESULT % 1, n).encode()


def mask_results(n: int) -> bytes:
    row = '{"image_id":1,"category_id":1,"segmentation":{"size":[480,640],"counts":"lo03b<N0O2Z<0"},"score":0.5}'
    return repeated(row, n).encode()


def pose_results(n: int) -> bytes:
    return repeated(f'{{"image_id":1,"category_id":1,"keypoints":{repeated("5,6,1", 17)},"score":0.5}}', n).encode()


def wrong_results(n: int) -> bytes:
    return repeated('{"image_id":"x","category_id":1.5,"bbox":[1],"score":"high"}', n).encode()


def attributes(n: int) -> bytes:
    return document(
        listed(annotation(f',"attributes":{{"a{k}":{k},"b":{[k, "true", chr(34) + "x" + chr(34)][k % 3]}}}', k) for k in range(n))
    )


def tracks(n: int) -> bytes:
    return document(annotations(n, ',"track_id":5,"video_id":9'))


def videos(n: int) -> bytes:
    rows = listed(f'{{"id":{k},"file_name":"{k}.jpg","width":64,"height":48,"video_id":{k % 3},"frame_id":1}}' for k in range(n))
    return document(_SOUND, images=rows, more=f',"videos":{repeated(chr(123) + chr(34) + "id" + chr(34) + ":1" + chr(125), n)}')


def splits_within(n: int) -> bytes:
    return document(_SOUND, images=listed(f'{{"id":{k},"file_name":"{k}.jpg","width":64,"height":48,"split":"s{k}"}}' for k in range(n)))


ROWS: Mapping[str, tuple[Callable[[int], bytes], tuple[int, ...]]] = {
    "equal_ids": (equal_ids, (20, 10_000, 400_000)),
    "equal_image_ids": (equal_image_ids, (20, 500_000)),
    "equal_category_ids": (equal_category_ids, (20, 500_000)),
    "equal_file_names": (equal_file_names, (20, 800_000)),
    "equal_category_names": (equal_category_names, (20, 1_000_000)),
    "colliding_ids": (colliding_ids, (20, 20_000, 200_000)),
    "colliding_texts": (colliding_texts, (20, 200_000)),
    "text_image_ids": (text_image_ids, (20, 200_000)),
    "dangling_images": (dangling_images, (20, 300_000)),
    "dangling_categories": (dangling_categories, (20, 300_000)),
    "dangling_licences": (dangling_licences, (20, 300_000)),
    "licences": (licences, (20, 2_000_000)),
    "sparse_ids": (sparse_ids, (20, 200_000)),
    "images": (images, (20, 800_000)),
    "categories": (categories, (20, 1_000_000)),
    "long_file_name": (long_file_name, (9_000, 40_000_000)),
    "long_wide_file_name": (long_wide_file_name, (9_000, 10_000_000)),
    "long_category_name": (long_category_name, (9_000, 40_000_000)),
    "long_category_of_many": (long_category_of_many, (9_000, 1_000_000, 40_000_000)),
    "long_escaped_name": (long_escaped_name, (900, 4_000_000)),
    "long_names": (long_names, (20, 20_000)),
    "long_category_names": (long_category_names, (20, 20_000)),
    "marks": (marks, (200, 40_000, 10_000_000)),
    "marks_of_file_name": (marks_of_file_name, (200, 40_000, 10_000_000)),
    "ligatures": (ligatures, (200, 10_000_000)),
    "sharp_s": (sharp_s, (200, 10_000_000)),
    "confusable_names": (confusable_names, (20, 1_000_000)),
    "near_names": (near_names, (20, 300_000)),
    "blank_names": (blank_names, (20, 1_000_000)),
    "blank_long_name": (blank_long_name, (20, 40_000_000)),
    "padded_names": (padded_names, (20, 300_000)),
    "bidi_names": (bidi_names, (20, 200_000)),
    "control_names": (control_names, (20, 200_000)),
    "markup_names": (markup_names, (20, 200_000)),
    "unsafe_names": (unsafe_names, (20, 200_000)),
    "deep_name": (deep_name, (200, 200_000, 20_000_000)),
    "dotted_name": (dotted_name, (200, 200_000, 20_000_000)),
    "digits_of_name": (digits_of_name, (4_400, 20_000_000)),
    "groups_of_digits": (groups_of_digits, (200, 20_000_000)),
    "frames": (frames, (20, 300_000)),
    "frames_of_long_numbers": (frames_of_long_numbers, (20, 5_000)),
    "equal_stems": (equal_stems, (20, 300_000)),
    "case_of_names": (case_of_names, (20, 300_000)),
    "hashes_of_names": (hashes_of_names, (20, 300_000)),
    "image_sizes": (image_sizes, (20, 300_000)),
    "odd_sizes": (odd_sizes, (20, 200_000)),
    "urls": (urls, (90, 40_000_000)),
    "captions": (captions, (20, 500_000)),
    "long_caption": (long_caption, (90, 40_000_000)),
    "blank_captions": (blank_captions, (20, 300_000)),
    "wrong_captions": (wrong_captions, (20, 200_000)),
    "negative_categories": (negative_categories, (20, 3_000_000)),
    "equal_negatives": (equal_negatives, (20, 3_000_000)),
    "lvis_categories": (lvis_categories, (20, 300_000)),
    "lvis_images": (lvis_images, (20, 200_000)),
    "wrong_negatives": (wrong_negatives, (20, 2_000_000)),
    "segments": (segments, (20, 500_000)),
    "equal_segments": (equal_segments, (20, 500_000)),
    "panoptic_rows": (panoptic_rows, (20, 200_000)),
    "wrong_segments": (wrong_segments, (20, 1_000_000)),
    "results": (results, (20, 500_000)),
    "results_of_one_image": (results_of_one_image, (20, 500_000)),
    "mask_results": (mask_results, (20, 200_000)),
    "pose_results": (pose_results, (20, 100_000)),
    "wrong_results": (wrong_results, (20, 200_000)),
    "attributes": (attributes, (20, 200_000)),
    "tracks": (tracks, (20, 300_000)),
    "videos": (videos, (20, 200_000)),
    "splits_within": (splits_within, (20, 200_000)),
}
"""Each kind of rows with its sizes, the first for every run of the suite."""
