"""Errors of category lists, class mappings and class ids."""

from __future__ import annotations

from cocoproof.model.errors import CocoproofError

__all__ = ["CategoryListError", "ClassIdError", "MappingError", "UnmappedClassError"]


class CategoryListError(CocoproofError, ValueError):
    """An invalid category list. The message has the place, what was expected and what to do.

    Attributes:
        detail: What is wrong, without the place.
        where: The file, and the place in it; None for a list made in Python.
    """

    def __init__(self, detail: str, *, where: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.where = where

    def __str__(self) -> str:
        return self.detail if self.where is None else f"{self.where}: {self.detail}"

    def at(self, where: str) -> CategoryListError:
        """The same error at this place."""
        return CategoryListError(self.detail, where=where if self.where is None else f"{where}: {self.where}")


class MappingError(CocoproofError, ValueError):
    """A class mapping that cannot be made, read or inverted.

    Attributes:
        detail: What is wrong, and what to do.
        name: The class concerned, if there is one.
        nearest: The name that was probably meant, if there is one.
        where: The file; None for a mapping made in Python.
    """

    def __init__(self, detail: str, *, name: str | None = None, nearest: str | None = None, where: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.name = name
        self.nearest = nearest
        self.where = where

    def __str__(self) -> str:
        return self.detail if self.where is None else f"{self.where}: {self.detail}"

    def at(self, where: str) -> MappingError:
        """The same error in this file."""
        return MappingError(self.detail, name=self.name, nearest=self.nearest, where=where)


class ClassIdError(CocoproofError, ValueError):
    """Class ids that a mapping cannot accept: missing, or not integers.

    Attributes:
        detail: What is wrong, without the place.
        detection: Which detection of the image, from 0; None for all of them.
        image: The image, as the caller names it; set by `on_image`.
    """

    def __init__(self, detail: str, *, detection: int | None = None, image: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.detection = detection
        self.image = image

    def __str__(self) -> str:
        place = []
        if self.image is not None:
            place.append(f"image {self.image}")
        if self.detection is not None:
            place.append(f"detection {self.detection}")
        return f"{', '.join(place)}: {self.detail}" if place else self.detail

    def on_image(self, image: str) -> ClassIdError:
        """The same error on this image."""
        return ClassIdError(self.detail, detection=self.detection, image=image)


class UnmappedClassError(ClassIdError):
    """A detection whose class has no category.

    Attributes:
        class_id: The detection's class id.
        class_name: Its name; None if the id is not one of the mapping's source classes.
        nearest: The category with the most similar name, if one is similar.
    """

    def __init__(
        self,
        detail: str,
        *,
        class_id: int = -1,
        class_name: str | None = None,
        nearest: str | None = None,
        detection: int | None = None,
        image: str | None = None,
    ) -> None:
        super().__init__(detail, detection=detection, image=image)
        self.class_id = class_id
        self.class_name = class_name
        self.nearest = nearest

    def on_image(self, image: str) -> UnmappedClassError:
        """The same error on this image."""
        return UnmappedClassError(
            self.detail,
            class_id=self.class_id,
            class_name=self.class_name,
            nearest=self.nearest,
            detection=self.detection,
            image=image,
        )
