"""`pycocotools.coco.COCO(file)`, through which many loaders read a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.consumers.loading import NotModelled, last_of_each

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cocoproof.consumers.loading import Loading

__all__ = ["LATER_ID", "NO_CATEGORY", "NO_IMAGE", "index", "last_annotations"]

LATER_ID = "share their id with a later one"
NO_IMAGE = "are on no image of the file"
NO_CATEGORY = "have no category of the file"


def index(loading: Loading) -> None:
    """`COCO(file)`: one image for each id, the last one.

    Raises:
        LoaderRaised: KeyError, if a row lacks its id, or an annotation its image or category.
        NotModelled: If one of these has another type, or a section is not a list.
    """
    coco = loading.coco
    if coco.broken_sections & {"annotations", "images", "categories"}:
        raise NotModelled("a section that is not a list")
    loading.requires("annotations", "image_id", "id")
    loading.requires("images", "id")
    loading.requires("categories", "id")
    if coco.has("annotations") and coco.has("categories"):
        loading.requires("annotations", "category_id")
    loading.drop_images(~last_of_each(coco.images.id.values), LATER_ID, cause="COCO201")


def last_annotations(loading: Loading) -> NDArray[np.bool_]:
    """The annotations that `COCO.anns` has: of several with one id the last, bool, shape (n,)."""
    return last_of_each(loading.coco.annotations.id.values)
