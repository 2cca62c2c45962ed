"""A failing dataset reduced: images, detections, classes and columns are removed while it still fails (delta debugging, Zeller 2002)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from cocoproof.mapping import Category, ClassMapping
from cocoproof.testing.drawn import DrawnCase, DrawnDataset, DrawnImage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cocoproof.testing.claims import Claims

__all__ = ["minimised"]

T = TypeVar("T")

_FEW = 40
"""Images or detections of which each is simplified on its own."""


def minimised(case: DrawnCase, fails: Callable[[DrawnCase], bool], claims: Claims, tries: int) -> DrawnCase:
    """A smaller case that still fails.

    Args:
        case: One that fails.
        fails: Whether a case fails; it is called at most `tries` times.
        claims: What the exporter claims: the mapping stays within it.
        tries: How often to try.
    """
    search = _Search(case, fails, tries)
    try:
        for _ in range(2):
            before = search.case
            while any(search.takes(plainer) for plainer in search.case.plainer()):
                pass
            search.simplify(_simpler_columns(search.case))
            search.fewer(len(search.case.dataset.images), _with_images)
            search.simplify(_plain_names(search.case, claims))
            for place in range(min(len(search.case.dataset.images), _FEW)):
                search.fewer(len(search.case.dataset.images[place]), _in_image(place))
            for place in range(min(len(search.case.dataset.images), _FEW)):
                search.fewer(_masked(search.case, place).height, _with_lines(place, _rows))
                search.fewer(_masked(search.case, place).width, _with_lines(place, _columns))
            search.fewer(len(search.case.dataset.classes), _with_classes(claims))
            if claims.mapped and claims.first_category_id is None:
                search.fewer(len(search.case.mapping.categories), _with_categories)
            search.simplify(_simpler_columns(search.case))
            if search.case == before:
                break
    except _Exhausted:
        pass
    return search.case


class _Exhausted(Exception):
    """No try is left."""


@dataclass
class _Search:
    """The smallest failing case so far."""

    case: DrawnCase
    fails: Callable[[DrawnCase], bool]
    left: int

    def takes(self, smaller: DrawnCase | None) -> bool:
        """Whether a case fails, which is then the smallest."""
        if smaller is None or smaller == self.case:
            return False
        if self.left == 0:
            raise _Exhausted
        self.left -= 1
        if not self.fails(smaller):
            return False
        self.case = smaller
        return True

    def simplify(self, ways: Iterator[Callable[[DrawnCase], DrawnCase | None]]) -> None:
        """Take each simpler form that fails."""
        for way in ways:
            self.takes(way(self.case))

    def fewer(self, count: int, keep: Callable[[DrawnCase, Sequence[int]], DrawnCase | None]) -> None:
        """Remove elements while the case fails: halves, quarters, and so on down to single ones."""
        base, kept = self.case, list(range(count))
        parts = 1
        while kept:
            size = max(len(kept) // parts, 1)
            for start in range(0, len(kept), size):
                less = kept[:start] + kept[start + size :]
                if self.takes(keep(base, less)):
                    kept, parts = less, max(parts - 1, 1)
                    break
            else:
                if size == 1:
                    return
                parts = min(parts * 2, len(kept))


def _with_images(case: DrawnCase, kept: Sequence[int]) -> DrawnCase:
    return case.of_images(tuple(case.dataset.images[place] for place in kept))


def _in_image(place: int) -> Callable[[DrawnCase, Sequence[int]], DrawnCase]:
    """Keeps some detections of one image."""

    def keep(case: DrawnCase, kept: Sequence[int]) -> DrawnCase:
        images = list(case.dataset.images)
        images[place] = _with_detections(images[place], kept)
        return case.of_images(tuple(images))

    return keep


def _with_detections(image: DrawnImage, kept: Sequence[int]) -> DrawnImage:
    def of(column: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(column[k] for k in kept)

    columns: dict[str, Any] = {name: None if (column := getattr(image, name)) is None or not kept else of(column) for name in image.COLUMNS}
    data = {name: of(column) for name, column in image.data.items()} if kept else {}
    types = image.data_types if kept else {}
    return replace(image, boxes=of(image.boxes), class_id=of(image.class_id), data=data, data_types=types, **columns)


class _Lines(NamedTuple):
    """How many rows and columns of pixels an image has that can be removed: none of one without masks."""

    height: int
    width: int


def _masked(case: DrawnCase, place: int) -> _Lines:
    image = case.dataset.images[place]
    return _Lines(image.height, image.width) if image.masks else _Lines(0, 0)


def _rows(mask: tuple[str, ...], kept: Sequence[int]) -> tuple[str, ...]:
    return tuple(mask[row] for row in kept)


def _columns(mask: tuple[str, ...], kept: Sequence[int]) -> tuple[str, ...]:
    return tuple("".join(row[column] for column in kept) for row in mask)


def _with_lines(place: int, of: Callable[[tuple[str, ...], Sequence[int]], tuple[str, ...]]) -> Callable[..., DrawnCase | None]:
    """Keeps some rows or columns of pixels of one image; None if a mask would lose its last pixel."""

    def keep(case: DrawnCase, kept: Sequence[int]) -> DrawnCase | None:
        images = list(case.dataset.images)
        image = images[place]
        if not kept or image.masks is None:
            return None
        masks = tuple(of(mask, kept) for mask in image.masks)
        if any("#" in "".join(old) and "#" not in "".join(new) for old, new in zip(image.masks, masks, strict=True)):
            return None
        height, width = len(masks[0]), len(masks[0][0])
        boxes = tuple((min(x1, width - 1.0), min(y1, height - 1.0), min(x2, width), min(y2, height)) for x1, y1, x2, y2 in image.boxes)
        images[place] = replace(image, masks=masks, height=height, width=width, boxes=boxes)
        return case.of_images(tuple(images))

    return keep


def _simpler_columns(case: DrawnCase) -> Iterator[Callable[[DrawnCase], DrawnCase | None]]:
    """Datasets without a column, or with one of an ordinary dtype."""
    for name in dict.fromkeys(name for image in case.dataset.images for name in image.COLUMNS):
        if name not in case.NEEDED and any(getattr(image, name) is not None for image in case.dataset.images):
            yield _each(lambda image, name=name: replace(image, **{name: None}))  # type: ignore[misc]  # a default binds the name
    for name in dict.fromkeys(name for image in case.dataset.images for name in image.data):
        yield _each(lambda image, name=name: _without_data(image, name))  # type: ignore[misc]
    yield _each(lambda image: replace(image, box_type="float64"))
    yield _each(lambda image: replace(image, score_type="float64"))
    yield _each(lambda image: replace(image, crowd_type="int64"))
    yield _each(lambda image: replace(image, boxes=tuple((0.0, 0.0, 1.0, 1.0) for _ in image.boxes)))
    yield _each(lambda image: image if image.masks else replace(image, width=min(image.width, 8), height=min(image.height, 8)))
    yield _each(lambda image: replace(image, class_id=tuple(0 for _ in image.class_id)))


def _each(change: Callable[[DrawnImage], DrawnImage]) -> Callable[[DrawnCase], DrawnCase]:
    """Changes every image."""
    return lambda case: case.of_images(tuple(map(change, case.dataset.images)))


def _without_data(image: DrawnImage, name: str) -> DrawnImage:
    def others(table: Any) -> dict[str, Any]:
        return {key: value for key, value in table.items() if key != name}

    return replace(image, data=others(image.data), data_types=others(image.data_types))


def _plain_names(case: DrawnCase, claims: Claims) -> Iterator[Callable[[DrawnCase], DrawnCase | None]]:
    """Datasets with plain names of images, classes and categories, and with the plainest mapping."""

    def files(own: DrawnCase) -> DrawnCase:
        return own.of_images(tuple(replace(image, file_name=f"{place}.png") for place, image in enumerate(own.dataset.images)))

    def mapping(own: DrawnCase) -> DrawnCase:
        return replace(own, mapping=_plainest(own.mapping, range(len(own.dataset.classes)), own.dataset.classes, claims))

    def classes(own: DrawnCase) -> DrawnCase | None:
        plain = tuple(map(str, range(len(own.dataset.classes))))
        renamed = dict(zip(own.dataset.classes, plain, strict=True))
        if any(category.name not in renamed for category in own.mapping.categories):
            return None
        rows = [replace(category, name=renamed[category.name]) for category in own.mapping.categories]
        return replace(own, dataset=replace(own.dataset, classes=plain), mapping=_mapping(own.mapping, plain, rows))

    yield files
    if case.dataset.classes:
        yield mapping
        yield classes


def _mapping(mapping: ClassMapping, names: Sequence[str], categories: Sequence[Category]) -> ClassMapping:
    """The same mapping with other names of classes and categories, in their order."""
    table = {row.id: row.category_id for row in mapping.classes if row.category_id is not None}
    return ClassMapping.from_ids(table, categories, source=list(names), drop=[row.id for row in mapping.classes if row.dropped])


def _with_classes(claims: Claims) -> Callable[[DrawnCase, Sequence[int]], DrawnCase | None]:
    """Keeps some classes, with their detections."""

    def keep(case: DrawnCase, kept: Sequence[int]) -> DrawnCase | None:
        new = {old: place for place, old in enumerate(kept)}
        names = tuple(case.dataset.classes[old] for old in kept)
        images = []
        for image in case.dataset.images:
            less = _with_detections(image, [k for k, class_id in enumerate(image.class_id) if class_id in new])
            images.append(replace(less, class_id=tuple(new[class_id] for class_id in less.class_id)))
        mapping = _of_classes(case.mapping, kept, names, claims)
        return None if mapping is None else replace(case, dataset=DrawnDataset(names, tuple(images)), mapping=mapping)

    return keep


def _of_classes(mapping: ClassMapping, kept: Sequence[int], names: tuple[str, ...], claims: Claims) -> ClassMapping | None:
    if not kept:
        return None
    if not claims.mapped:
        return _plainest(mapping, kept, names, claims)
    rows = [mapping.classes[old] for old in kept]
    removed = {row.category_id for place, row in enumerate(mapping.classes) if place not in set(kept)} - {row.category_id for row in rows}
    categories = [category for category in mapping.categories if category.id not in removed]
    if not categories:
        return None
    ids = {category.id: category.id for category in categories}
    if (first := claims.first_category_id) is not None:
        ids = {category.id: first + place for place, category in enumerate(categories)}
        categories = [replace(category, id=ids[category.id]) for category in categories]
    table: dict[int, int] = {}
    for place, row in enumerate(rows):
        number = None if row.category_id is None else ids[row.category_id]
        if number is not None:
            table[place] = number
    return ClassMapping.from_ids(table, categories, source=list(names), drop=[place for place, row in enumerate(rows) if row.dropped])


def _plainest(mapping: ClassMapping, kept: Sequence[int], names: Sequence[str], claims: Claims) -> ClassMapping:
    """Each of some classes to a category of its own, of its name; with the keypoints of the category that it had."""
    first = 1 if claims.first_category_id is None else claims.first_category_id
    had = {category.id: category for category in mapping.categories}
    categories = []
    for place, (old, name) in enumerate(zip(kept, names, strict=True)):
        like = had.get(mapping.classes[old].category_id, mapping.categories[0])
        categories.append(Category(first + place, name, keypoints=like.keypoints, skeleton=like.skeleton))
    return ClassMapping.from_ids({place: first + place for place in range(len(names))}, categories, source=list(names))


def _with_categories(case: DrawnCase, kept: Sequence[int]) -> DrawnCase | None:
    """Keeps some categories: those that no class becomes can be removed."""
    used = {row.category_id for row in case.mapping.classes}
    listed = case.mapping.categories
    places = set(kept)
    rows = [category for place, category in enumerate(listed) if place in places]
    if not rows or any(category.id in used for place, category in enumerate(listed) if place not in places):
        return None
    return replace(case, mapping=_mapping(case.mapping, case.dataset.classes, rows))
