"""Properties of keypoints in dataset files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cocoproof.roundtrip.losses import LossKind
from cocoproof.testing.drawn_keypoints import DrawnPoses
from cocoproof.testing.drawn_results import coordinates
from cocoproof.testing.trial import PropertyBroken

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cocoproof.roundtrip.losses import Loss
    from cocoproof.testing.trial import Trial

__all__ = [
    "category_keypoints",
    "category_skeletons",
    "keypoint_scores",
    "keypoints",
    "num_keypoints",
    "points_beyond_the_image",
    "unlabelled_points",
    "visibility",
]


def keypoints(trial: Trial) -> None:
    """Every annotation has x, y, v of every point, as many as its category defines and in its order; x and y are those of the source."""
    _expect(trial, lambda ours, theirs: (ours[:, 2] > 0) & (ours[:, :2] != theirs[:, :2]).any(axis=1), "is at")


def visibility(trial: Trial) -> None:
    """v is 1 for a labelled point that is hidden (`visible` is False), 2 for one that is visible, and 0 for one that is not labelled."""
    _expect(trial, lambda ours, theirs: ours[:, 2] != theirs[:, 2], "has the flag")


def unlabelled_points(trial: Trial) -> None:
    """A point that is not labelled is 0, 0, 0."""
    _expect(trial, lambda ours, theirs: (ours[:, 2] == 0) & (theirs != 0).any(axis=1), "is not labelled:")


def points_beyond_the_image(trial: Trial) -> None:
    """A labelled point out of the image is kept as it is: neither cut at the image, nor made unlabelled."""
    sizes = [(image.width, image.height) for image in trial.case.dataset.images]

    def lost(ours: NDArray[np.float64], theirs: NDArray[np.float64], place: int) -> Any:
        width, height = sizes[place]
        out = (ours[:, 0] < 0) | (ours[:, 1] < 0) | (ours[:, 0] > width) | (ours[:, 1] > height)
        return (ours[:, 2] > 0) & out & (ours != theirs).any(axis=1)

    _expect_on_images(trial, lost, "is out of the image:")


def _expect(trial: Trial, wrong: Callable[[Any, Any], Any], said: str) -> None:
    _expect_on_images(trial, lambda ours, theirs, _: wrong(ours, theirs), said)


def _expect_on_images(trial: Trial, wrong: Callable[[Any, Any, int], Any], said: str) -> None:
    """Compare the points of each detection with those of the file.

    Raises:
        PropertyBroken: If an annotation has another number of points, or one is wrong.
    """
    points = [coordinates(image) if isinstance(image, DrawnPoses) else np.empty((0, 0, 3)) for image in trial.case.dataset.images]
    places = {image.file_name: place for place, image in enumerate(trial.case.dataset.images)}
    for loss in _losses(trial):
        place = places.get(str(loss.image))
        if place is None or loss.detection is None:
            continue
        ours: NDArray[np.float64] = points[place][loss.detection]
        found: Any = loss.found
        if not isinstance(found, list) or len(found) != ours.size:
            raise PropertyBroken(str(loss))
        theirs = np.array(found, np.float64).reshape(-1, 3)
        bad = np.flatnonzero(wrong(ours, theirs, place))
        if len(bad):
            k = int(bad[0])
            msg = f"image {loss.image}, detection {loss.detection}: point {k} {said} {ours[k].tolist()} in, {theirs[k].tolist()} out"
            raise PropertyBroken(msg)


def _losses(trial: Trial) -> list[Loss]:
    """Losses of points, by names of images below the folder of all images."""
    report = trial.loaded(trial.report_below(trial.folder / "images"))
    if not report.of(LossKind.KEYPOINTS):
        # Names may be relative to the folder that holds all images.
        report = trial.loaded(trial.report)
    return [loss for loss in report.of(LossKind.KEYPOINTS) if loss.field == "keypoints"]


def num_keypoints(trial: Trial) -> None:
    """`num_keypoints` is there, and is the count of labelled points: COCOeval ignores annotations where it is 0."""
    for place, row in enumerate(trial.document["annotations"]):
        points = row.get("keypoints")
        if not isinstance(points, list):
            msg = f"annotations[{place}] has no list of keypoints"
            raise PropertyBroken(msg)
        labelled = sum(isinstance(flag, (int, float)) and flag > 0 for flag in points[2::3])
        if type(row.get("num_keypoints")) is not int or row["num_keypoints"] != labelled:
            msg = f"annotations[{place}].num_keypoints is {row.get('num_keypoints')!r}, and {labelled} keypoints are labelled"
            raise PropertyBroken(msg)


def category_keypoints(trial: Trial) -> None:
    """Every category lists the mapping's names of its keypoints, in their order."""
    _of_categories(trial, "keypoints")


def category_skeletons(trial: Trial) -> None:
    """Every category has the mapping's skeleton: pairs of keypoints, counted from 1."""
    _of_categories(trial, "skeleton")


def _of_categories(trial: Trial, field: str) -> None:
    losses = [loss for loss in trial.loaded(trial.report).of(LossKind.CATEGORY_FIELDS) if loss.field == field]
    if losses:
        raise PropertyBroken("\n".join(map(str, losses[:5])))


def keypoint_scores(trial: Trial) -> None:
    """The confidence of every point is kept."""
    losses = [loss for loss in trial.loaded(trial.report).of(LossKind.KEYPOINTS) if loss.field == "keypoint scores"]
    if losses:
        raise PropertyBroken("\n".join(map(str, losses[:5])))
