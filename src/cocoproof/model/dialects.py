"""Dialects: what files of a kind have beside the fields of the format, recognised by its keys."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["OF_OWN_READERS", "WITHOUT_BOXES", "Dialect", "kind_with_dialects"]

_LABELS = {
    "whole_body": "COCO-WholeBody",
    "crowd_pose": "CrowdPose",
    "halpe": "Halpe",
    "dense_pose": "DensePose",
    "inaturalist": "iNaturalist",
    "omni3d": "Omni3D",
    "coco_text": "COCO-Text",
    "referring_expressions": "referring expressions (RefCOCO)",
    "coco_stuff": "COCO-Stuff",
    "mot_tracks": "tracks (MOTChallenge)",
    "tao_tracks": "tracks (TAO)",
    "occlusion": "occlusion (OVIS)",
}
_KIND_LABELS = {"video_instances": "video instances (YouTube-VIS)", "video_results": "video results (YouTube-VIS)"}
"""Names in reports of dialects and kinds that are better known by another one."""


class Dialect(str, enum.Enum):
    """An addition to a kind. A file may have several; the order here is that of reports."""

    ORIENTED_BOXES = "oriented_boxes"
    """Boxes with an angle, or four corners: `obb`, `rotated_bbox`, `xyxyxyxy`, a `bbox` of five numbers, a `rotation`."""

    WHOLE_BODY = "whole_body"
    """COCO-WholeBody: keypoints of feet, face and hands beside those of the body."""

    CROWD_POSE = "crowd_pose"
    """CrowdPose: 14 keypoints, and how crowded each image is (`crowdIndex`)."""

    HALPE = "halpe"
    """Halpe: 26 or 136 keypoints, which the category does not define."""

    DENSE_POSE = "dense_pose"
    """DensePose: points on the surface of the body (`dp_I`, `dp_U`, `dp_V`, or `dp_vertex`)."""

    MOT_TRACKS = "mot_tracks"
    """Images that are frames of videos, and annotations that belong to tracks: `video_id`, `frame_id` and `track_id` or `instance_id`."""

    TAO_TRACKS = "tao_tracks"
    """The same with a section `tracks`, which gives each track its video and its category."""

    OCCLUSION = "occlusion"
    """OVIS: how far an object is occluded in each frame of its track."""

    INATURALIST = "inaturalist"
    """iNaturalist: annotations are labels of whole images, and categories have their taxonomy."""

    OMNI3D = "omni3d"
    """Omni3D: boxes in space (`bbox3D_cam`), and up to three projections of each in the place of `bbox`."""

    COCO_STUFF = "coco_stuff"
    """COCO-Stuff: categories 92 to 183, of stuff, each of which an image has as one mask."""

    REFERRING_EXPRESSIONS = "referring_expressions"
    """RefCOCO: a list of references, each with the sentences that refer to an annotation of another file (`ref_id`, `ann_id`, `sentences`)."""

    COCO_TEXT = "coco_text"
    """COCO-Text: dictionaries in the place of lists (`imgs`, `anns`, `cats`), and annotations of words without a category."""

    @property
    def label(self) -> str:
        """What it is called in text: `oriented boxes`."""
        return _LABELS.get(self.value, self.value.replace("_", " "))


OF_OWN_READERS = frozenset({Dialect.COCO_TEXT, Dialect.REFERRING_EXPRESSIONS})
"""Dialects whose files no reader of COCO takes: their sections or rows have other names."""


WITHOUT_BOXES = frozenset({Dialect.INATURALIST, Dialect.OMNI3D})
"""Dialects whose annotations have no `bbox`."""


def kind_with_dialects(kind: str, dialects: Iterable[Dialect]) -> str:
    """A kind as reports name it: `instances + oriented boxes`, `video instances (YouTube-VIS)`."""
    return " + ".join([_KIND_LABELS.get(kind, kind), *(dialect.label for dialect in dialects)])
