"""CVAT: the importer of "COCO 1.0" and "COCO Keypoints 1.0", which reads with its own branch of datumaro."""

from __future__ import annotations

from cocoproof.consumers.cvat import CONSUMER
from cocoproof.model.findings import Severity
from cocoproof.profiles.profile import Claim, ClaimEvidence, Profile, not_asked

__all__ = ["PROFILE"]

_READER = "https://github.com/cvat-ai/datumaro/blob/6ade96fa82043fc5bccd59a27218892899fe10ce/src/datumaro/plugins/data_formats/coco/base.py"
_BINDINGS = "https://github.com/cvat-ai/cvat/blob/da710184c95bddcaa8e593ef292510efec97c8f6/cvat/apps/dataset_manager/bindings.py"

_RENUMBERED = "`_load_label_categories` sorts the categories by id, and matches CVAT's labels by name: any ids but 0 will do."
_AREA = "`area` is not read."

PROFILE = Profile(
    name="cvat",
    summary="The file can be uploaded to CVAT as COCO 1.0 or COCO Keypoints 1.0, and every annotation arrives.",
    consumer=CONSUMER,
    claims=(
        Claim(
            "COCO106",
            Severity.WARNING,
            "`area` is not read. A missing `iscrowd` was refused (`Missing annotation field 'iscrowd'`) by all releases before "
            "the change named here, of June 2026.",
            "https://github.com/cvat-ai/cvat/pull/10729",
        ),
        Claim(
            "COCO107",
            Severity.NOTE,
            "Neither is read. Some releases of 2025 refused a file without `licenses` or `info`, until the change named here.",
            "https://github.com/cvat-ai/cvat/pull/9387",
            ClaimEvidence.SOURCE,
        ),
        Claim(
            "COCO202",
            Severity.WARNING,
            "The id is taken for a group: annotations of one image that share it arrive as a group of objects.",
            _READER,
        ),
        Claim("COCO204", Severity.ERROR, "The second category of a name raises an exception, and nothing is imported.", _READER),
        Claim("COCO207", Severity.NOTE, "The id is taken for a group, and 0 means none, as for every annotation that is alone.", _BINDINGS),
        Claim(
            "COCO301",
            Severity.ERROR,
            "Annotations are looked up image by image: one without an image is dropped silently. Releases that did not stream refused the file.",
            _READER,
        ),
        Claim("COCO302", Severity.ERROR, "Raises `UndeclaredLabelError`, and nothing is imported.", _READER),
        Claim("COCO303", Severity.NOTE, "Licences are not read.", _READER),
        Claim("COCO404", Severity.NOTE, _RENUMBERED, _READER),
        Claim("COCO405", Severity.NOTE, _RENUMBERED, _READER),
        Claim("COCO406", Severity.NOTE, _RENUMBERED, _READER),
        Claim(
            "COCO410",
            Severity.ERROR,
            "`_get_label_id` reads 0 as no label, and `import_dm_annotations` rejects the file for it (`annotation has no label`).",
            "https://github.com/cvat-ai/cvat/issues/4750",
        ),
        Claim("COCO506", Severity.NOTE, _AREA, _READER),
        Claim("COCO507", Severity.NOTE, _AREA, _READER),
        Claim("COCO508", Severity.NOTE, "The box is not read where there is a segmentation.", _READER, ClaimEvidence.SOURCE),
        Claim("COCO601", Severity.ERROR, "Raises `InvalidAnnotationError`, and nothing is imported.", _READER),
        Claim("COCO602", Severity.ERROR, "Raises `InvalidAnnotationError`, and nothing is imported.", _READER),
        Claim("COCO606", Severity.NOTE, "`[]` is what CVAT itself writes for a box without a mask, and it is read as one.", _READER),
        Claim(
            "COCO607",
            Severity.ERROR,
            "Raises `InvalidAnnotationError` for counts as a list, and nothing is imported.",
            _READER,
        ),
        *not_asked("pycocotools.COCO", "COCO901", "COCO902", "COCO903"),
        *not_asked("supervision", "COCO904", "COCO905"),
    ),
)
