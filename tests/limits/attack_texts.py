"""Hostile text: JSON that is deep, long, broken, escaped or full of what COCO does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .attack_parts import CATEGORIES, IMAGES, annotation, annotations, document, listed, of_length, repeated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["TEXTS"]

_SOUND = listed([annotation()])


def _more(text: str) -> bytes:
    return document(_SOUND, more="," + text)


def _in_row(text: str) -> bytes:
    return document(listed([annotation("," + text)]))


def deep_lists(n: int) -> bytes:
    return b"[" * n + b"]" * n


def deep_open(n: int) -> bytes:
    return b"[" * n


def deep_objects(n: int) -> bytes:
    return b'{"a":' * n + b"1" + b"}" * n


def deep_section(n: int) -> bytes:
    return _more('"x":' + "[" * n + "]" * n)


def deep_field(n: int) -> bytes:
    return _in_row('"x":' + "[" * n + "]" * n)


def deep_segmentation(n: int) -> bytes:
    return _in_row('"segmentation":' + "[" * n + "]" * n)


def deep_fields(n: int) -> bytes:
    return document(annotations(n, ',"x":' + "[" * 200 + "]" * 200))


def long_key(n: int) -> bytes:
    return _more(of_length(n, "k") + ":1")


def long_key_of_row(n: int) -> bytes:
    return _in_row(of_length(n, "k") + ":1")


def long_value(n: int) -> bytes:
    return _more('"x":' + of_length(n))


def long_value_of_row(n: int) -> bytes:
    return _in_row('"x":' + of_length(n))


def long_value_as_id(n: int) -> bytes:
    return document(f'[{{"id":{of_length(n)},"image_id":1,"category_id":1,"bbox":[1,2,3,4],"area":12,"iscrowd":0}}]')


def long_value_as_box(n: int) -> bytes:
    return document(listed([annotation(box='"bbox":' + of_length(n))]))


def long_value_as_section(n: int) -> bytes:
    return document(of_length(n))


def many_keys(n: int) -> bytes:
    return _more(",".join(f'"annotation{k}":1' for k in range(n)))


def many_far_keys(n: int) -> bytes:
    return _more(",".join(f'"{k}":1' for k in range(n)))


def many_keys_of_row(n: int) -> bytes:
    return _in_row(",".join(f'"image_id{k}":1' for k in range(n)))


def keys_of_rows(n: int) -> bytes:
    return document(listed(annotation("," + ",".join(f'"k{k * 20 + i}":1' for i in range(20)), k) for k in range(n)))


def repeated_key(n: int) -> bytes:
    return _more(",".join(['"x":1'] * n))


def repeated_key_of_row(n: int) -> bytes:
    return _in_row(",".join(['"x":1'] * n))


def repeated_id_key(n: int) -> bytes:
    return document(listed(annotation(',"id":5', k) for k in range(n)))


def repeated_sections(n: int) -> bytes:
    return _more(",".join([f'"annotations":{_SOUND}'] * n))


def escaped_keys(n: int) -> bytes:
    return _more(",".join(f'"\\u0061{k}":1' for k in range(n)))


def escaped_key_of_rows(n: int) -> bytes:
    return document(annotations(n, ',"\\u0069scrowd":1'))


def escapes(n: int) -> bytes:
    return _more('"x":"' + "\\u0041" * n + '"')


def surrogate_pairs(n: int) -> bytes:
    return _more('"x":"' + "\\ud83d\\ude00" * n + '"')


def lone_surrogates(n: int) -> bytes:
    return _more('"x":"' + "\\ud83d" * n + '"')


def rows_with_surrogates(n: int) -> bytes:
    return document(annotations(n, ',"x":"\\ud83d"'))


def names_with_surrogates(n: int) -> bytes:
    return document(_SOUND, images=listed(f'{{"id":{k},"file_name":"\\udc00{k}.jpg","width":640,"height":480}}' for k in range(n)))


def bad_utf8_at_the_end(n: int) -> bytes:
    return b'{"x":"' + b"a" * n + b'\xff"}'


def bad_utf8(n: int) -> bytes:
    return b'{"x":"' + b"\xff" * n + b'"}'


def encoded_surrogates(n: int) -> bytes:
    return b'{"x":"' + b"\xed\xa0\x80" * n + b'"}'


def utf16(n: int) -> bytes:
    return document(annotations(n)).decode().encode("utf-16")


def nuls(n: int) -> bytes:
    return b"\0" * n


def control_characters(n: int) -> bytes:
    return b'{"x":"' + b"\x01" * n + b'"}'


def wide_characters(n: int) -> bytes:
    return _more('"x":"' + "\U0001f600" * n + '"')


def blanks(n: int) -> bytes:
    return b" " * n + document(_SOUND)


def line_breaks(n: int) -> bytes:
    return document(_SOUND) + b"\n" * n


def line_breaks_within(n: int) -> bytes:
    return document("[" + "\n" * n + annotation() + "]")


def lines(n: int) -> bytes:
    return document("[" + ",\n".join(annotation(number=k) for k in range(n)) + "]").replace(b":", b": \r\n")


def byte_order_mark(n: int) -> bytes:
    return b"\xef\xbb\xbf" * n


def truncated(n: int) -> bytes:
    return document(annotations(n))[:-1]


def truncated_in_text(n: int) -> bytes:
    return b'{"x":"' + b"a" * n


def backslashes(n: int) -> bytes:
    return b'{"x":"' + b"\\" * (2 * (n // 2)) + b'"}'


def trailing_comma(n: int) -> bytes:
    return document(annotations(n).replace("]", ",]"))


def trailing_text(n: int) -> bytes:
    return document(_SOUND) + b"x" * n


def documents(n: int) -> bytes:
    return document(_SOUND) * n


def json_lines(n: int) -> bytes:
    return (annotation() + "\n").encode() * n


def commas(n: int) -> bytes:
    return b"[" + b"," * n + b"]"


def quotes(n: int) -> bytes:
    return b"{" + b'"' * n + b"}"


def comments(n: int) -> bytes:
    return b"/* */" * n + document(_SOUND)


def single_quotes(n: int) -> bytes:
    return document(annotations(n)).replace(b'"', b"'")


def long_integer(n: int) -> bytes:
    return document(f'[{{"id":{"9" * n},"image_id":1,"category_id":1,"bbox":[1,2,3,4],"area":12,"iscrowd":0}}]')


def long_integer_elsewhere(n: int) -> bytes:
    return _more('"x":' + "9" * n)


def long_fraction(n: int) -> bytes:
    return document(listed([annotation(box='"bbox":[0.' + "1" * n + ',2,3,4],"area":12,"iscrowd":0')]))


def long_exponent(n: int) -> bytes:
    return document(listed([annotation(box='"bbox":[1e' + "9" * n + ',2,3,4],"area":12,"iscrowd":0')]))


def long_integers(n: int) -> bytes:
    return document(listed(annotation(box='"bbox":[' + "9" * 400 + ',2,3,4],"area":12,"iscrowd":0', number=k) for k in range(n)))


def infinite_numbers(n: int) -> bytes:
    return document(annotations(n, box='"bbox":[1e400,2,-1e999,4],"area":12,"iscrowd":0'))


def not_numbers(n: int) -> bytes:
    return document(annotations(n, box='"bbox":[NaN,2,-Infinity,4],"area":NaN,"iscrowd":0'))


def not_numbers_elsewhere(n: int) -> bytes:
    return _more('"x":' + repeated("NaN", n))


def beyond_int64(n: int) -> bytes:
    return document(listed(annotation(number=2**63 + k) for k in range(n)))


def section_as_object(n: int) -> bytes:
    return document("{" + ",".join(f'"{k}":{annotation(number=k)}' for k in range(n)) + "}")


def section_of_numbers(n: int) -> bytes:
    return document(repeated("1", n))


def section_of_nulls(n: int) -> bytes:
    return document(repeated("null", n))


def section_of_texts(n: int) -> bytes:
    return document(repeated('"a"', n))


def section_of_lists(n: int) -> bytes:
    return document(repeated("[]", n))


def section_of_mixed(n: int) -> bytes:
    return document(repeated('1,"a",null,[],{},true,1.5', n // 7))


def empty_rows(n: int) -> bytes:
    return document(repeated("{}", n))


def empty_images(n: int) -> bytes:
    return document(_SOUND, images=repeated("{}", n))


def empty_categories(n: int) -> bytes:
    return document(_SOUND, categories=repeated("{}", n))


def images_of_numbers(n: int) -> bytes:
    return document(_SOUND, images=repeated("7", n))


def categories_of_texts(n: int) -> bytes:
    return document(_SOUND, categories=listed(f'"class {k}"' for k in range(n)))


def list_of_numbers(n: int) -> bytes:
    return repeated("1", n).encode()


def list_of_empty_objects(n: int) -> bytes:
    return repeated("{}", n).encode()


def list_of_lists(n: int) -> bytes:
    return repeated("[[]]", n).encode()


def unknown_document(n: int) -> bytes:
    return b"{" + ",".join(f'"k{k}":[{k}]' for k in range(n)).encode() + b"}"


def number(n: int) -> bytes:
    return b"1" * n


def text(n: int) -> bytes:
    return of_length(n).encode()


def wrong_types(n: int) -> bytes:
    row = '{"id":"%d","image_id":[1],"category_id":{"a":1},"bbox":"1,2,3,4","area":"big","iscrowd":"no","segmentation":5}'
    return document(listed(row % k for k in range(n)))


def numeric_texts(n: int) -> bytes:
    row = '{"id":"%d","image_id":"1","category_id":"1","bbox":["1","2","3","4"],"area":"12","iscrowd":"0"}'
    return document(listed(row % k for k in range(n)))


def float_ids(n: int) -> bytes:
    return document(listed(f'{{"id":{k}.0,"image_id":1.0,"category_id":1.5,"bbox":[1,2,3,4],"area":12,"iscrowd":0.0}}' for k in range(n)))


def boolean_ids(n: int) -> bytes:
    return document(repeated('{"id":true,"image_id":true,"category_id":false,"bbox":[1,2,3,4],"area":12,"iscrowd":false}', n))


def null_fields(n: int) -> bytes:
    return document(
        repeated('{"id":null,"image_id":null,"category_id":null,"bbox":null,"area":null,"iscrowd":null,"segmentation":null}', n)
    )


def different_fields(n: int) -> bytes:
    fields = ['"id":%d', '"image_id":%d', '"category_id":%d', '"bbox":[%d]', '"area":%d', '"iscrowd":%d']
    return document(listed("{" + ",".join(f % k for i, f in enumerate(fields) if (k >> i) & 1) + "}" for k in range(n)))


def long_info(n: int) -> bytes:
    return _more('"info":{"description":' + of_length(n) + "}").replace(b'"info":{},', b"")


def info_of_keys(n: int) -> bytes:
    return _more('"info":{' + ",".join(f'"k{k}":{k}' for k in range(n)) + "}").replace(b'"info":{},', b"")


def sections_in_sections(n: int) -> bytes:
    one = f'{{"images":{IMAGES},"annotations":{_SOUND},"categories":{CATEGORIES}}}'
    return ("{" + ",".join(f'"split{k}":{one}' for k in range(n)) + "}").encode()


TEXTS: Mapping[str, tuple[Callable[[int], bytes], tuple[int, ...]]] = {
    "deep_lists": (deep_lists, (2_000, 20_000_000)),
    "deep_open": (deep_open, (2_000, 20_000_000)),
    "deep_objects": (deep_objects, (2_000, 5_000_000)),
    "deep_section": (deep_section, (2_000, 10_000_000)),
    "deep_field": (deep_field, (900, 10_000_000)),
    "deep_segmentation": (deep_segmentation, (900, 10_000_000)),
    "deep_fields": (deep_fields, (3, 50_000)),
    "long_key": (long_key, (9_000, 50_000_000)),
    "long_key_of_row": (long_key_of_row, (9_000, 50_000_000)),
    "long_value": (long_value, (9_000, 50_000_000)),
    "long_value_of_row": (long_value_of_row, (9_000, 50_000_000)),
    "long_value_as_id": (long_value_as_id, (9_000, 40_000_000)),
    "long_value_as_box": (long_value_as_box, (9_000, 40_000_000)),
    "long_value_as_section": (long_value_as_section, (9_000, 40_000_000)),
    "many_keys": (many_keys, (50, 100_000, 1_000_000)),
    "many_far_keys": (many_far_keys, (50, 1_000_000)),
    "many_keys_of_row": (many_keys_of_row, (50, 1_000_000)),
    "keys_of_rows": (keys_of_rows, (5, 50_000)),
    "repeated_key": (repeated_key, (50, 2_000_000)),
    "repeated_key_of_row": (repeated_key_of_row, (50, 2_000_000)),
    "repeated_id_key": (repeated_id_key, (20, 200_000)),
    "repeated_sections": (repeated_sections, (5, 100_000)),
    "escaped_keys": (escaped_keys, (50, 1_000_000)),
    "escaped_key_of_rows": (escaped_key_of_rows, (20, 200_000)),
    "escapes": (escapes, (90, 8_000_000)),
    "surrogate_pairs": (surrogate_pairs, (90, 4_000_000)),
    "lone_surrogates": (lone_surrogates, (90, 5_000_000)),
    "rows_with_surrogates": (rows_with_surrogates, (20, 100_000)),
    "names_with_surrogates": (names_with_surrogates, (20, 100_000)),
    "bad_utf8_at_the_end": (bad_utf8_at_the_end, (90, 50_000_000)),
    "bad_utf8": (bad_utf8, (90, 20_000_000)),
    "encoded_surrogates": (encoded_surrogates, (90, 10_000_000)),
    "utf16": (utf16, (20, 100_000)),
    "nuls": (nuls, (90, 50_000_000)),
    "control_characters": (control_characters, (90, 20_000_000)),
    "wide_characters": (wide_characters, (90, 10_000_000)),
    "blanks": (blanks, (90, 50_000_000)),
    "line_breaks": (line_breaks, (90, 50_000_000)),
    "line_breaks_within": (line_breaks_within, (90, 50_000_000)),
    "lines": (lines, (20, 200_000)),
    "byte_order_mark": (byte_order_mark, (90, 10_000_000)),
    "truncated": (truncated, (20, 500_000)),
    "truncated_in_text": (truncated_in_text, (90, 50_000_000)),
    "backslashes": (backslashes, (90, 50_000_000)),
    "trailing_comma": (trailing_comma, (20, 300_000)),
    "trailing_text": (trailing_text, (90, 20_000_000)),
    "documents": (documents, (3, 100_000)),
    "json_lines": (json_lines, (3, 300_000)),
    "commas": (commas, (90, 20_000_000)),
    "quotes": (quotes, (90, 20_000_000)),
    "comments": (comments, (3, 5_000_000)),
    "single_quotes": (single_quotes, (20, 100_000)),
    "long_integer": (long_integer, (4_400, 1_000_000, 30_000_000)),
    "long_integer_elsewhere": (long_integer_elsewhere, (4_400, 1_000_000, 30_000_000)),
    "long_fraction": (long_fraction, (4_400, 30_000_000)),
    "long_exponent": (long_exponent, (4_400, 10_000_000)),
    "long_integers": (long_integers, (20, 50_000)),
    "infinite_numbers": (infinite_numbers, (20, 200_000)),
    "not_numbers": (not_numbers, (20, 200_000)),
    "not_numbers_elsewhere": (not_numbers_elsewhere, (20, 5_000_000)),
    "beyond_int64": (beyond_int64, (20, 200_000)),
    "section_as_object": (section_as_object, (20, 200_000)),
    "section_of_numbers": (section_of_numbers, (20, 10_000_000)),
    "section_of_nulls": (section_of_nulls, (20, 5_000_000)),
    "section_of_texts": (section_of_texts, (20, 5_000_000)),
    "section_of_lists": (section_of_lists, (20, 5_000_000)),
    "section_of_mixed": (section_of_mixed, (70, 5_000_000)),
    "empty_rows": (empty_rows, (20, 1_000_000)),
    "empty_images": (empty_images, (20, 1_000_000)),
    "empty_categories": (empty_categories, (20, 1_000_000)),
    "images_of_numbers": (images_of_numbers, (20, 5_000_000)),
    "categories_of_texts": (categories_of_texts, (20, 1_000_000)),
    "list_of_numbers": (list_of_numbers, (20, 10_000_000)),
    "list_of_empty_objects": (list_of_empty_objects, (20, 5_000_000)),
    "list_of_lists": (list_of_lists, (20, 5_000_000)),
    "unknown_document": (unknown_document, (20, 1_000_000)),
    "number": (number, (4_400, 50_000_000)),
    "text": (text, (90, 50_000_000)),
    "wrong_types": (wrong_types, (20, 100_000)),
    "numeric_texts": (numeric_texts, (20, 200_000)),
    "float_ids": (float_ids, (20, 200_000)),
    "boolean_ids": (boolean_ids, (20, 200_000)),
    "null_fields": (null_fields, (20, 200_000)),
    "different_fields": (different_fields, (64, 300_000)),
    "long_info": (long_info, (90, 40_000_000)),
    "info_of_keys": (info_of_keys, (20, 1_000_000)),
    "sections_in_sections": (sections_in_sections, (3, 50_000)),
}
"""Each text with its sizes, the first for every run of the suite."""
