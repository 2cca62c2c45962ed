"""What was seen when the files were looked at: why the verifier and the index (or plain Python) say different things."""

from __future__ import annotations

__all__ = ["BY_HAND", "DIFFERENCES"]

_ADVISORY = "null or text for info or licenses: no reader looks at it, and the schemas leave it open; what must be typed is typed"
_NULL_OPTIONAL = "the nulls stand in optional fields of images (license, flickr_640_url, date_captured, coco_url, darwin_url)"
_LVIS = "LVIS has no iscrowd, and its own evaluator does not ask for it"
_TYPE = 'the extra key is "type", which old COCO files have'
_CORNERS = "the file's boxes are [x1, y1, x2, y2], which COCO504 says once; what follows from that alone is not said of each box"
_SHARED_NAME = "several images have the file_name color.jpg (COCO205): from_coco raises ValueError"
_UNIQUE_ID = "its ids exceed 64 bits (COCO007, an error there): the rule is skipped for the rows, and says so"
_PANOPTIC_LOAD = "panoptic annotations have no id and are never loaded by pycocotools; it gets their images and categories alone"
_INDEX_ONLY_POLYGONS = "the index compared polygons alone; the mask is an RLE, and the envelope of its pixels is off by more than 2 px"
_PUBLISHED_IDS = "ids and names are COCO's own, which leave gaps"
_SEGMENTS = "in a panoptic file categories are used by segments; the index looked for category_id in the annotations"
_PIXELS = "the area is the number of pixels that pycocotools sets for the polygons (such as 445 where the shoelace formula says 436)"

DIFFERENCES: dict[tuple[str, str, str], str] = {
    ("COCO103", "only expected", "MargotBelot__HieraticAI__hieroglyph_test_improved_coco_format.json"): _ADVISORY,
    ("COCO103", "only expected", "open-mmlab__mmdeploy__coco_sample.json"): _ADVISORY,
    ("COCO103", "only expected", "open-mmlab__mmdetection__coco_wrong_format_sample.json"): _ADVISORY,
    ("COCO103", "only expected", "sangwon-neurocle__tensorpack-windows__instances_Test.json"): _ADVISORY,
    ("COCO103", "only expected", "sangwon-neurocle__tensorpack-windows__instances_Train.json"): _ADVISORY,
    ("COCO103", "only expected", "PUTvision__UAVVaste__annotations.json"): _NULL_OPTIONAL,
    ("COCO103", "only expected", "pedropro__TACO__annotations.json"): _NULL_OPTIONAL,
    ("COCO103", "only expected", "pedropro__TACO__annotations_unofficial.json"): _NULL_OPTIONAL,
    ("COCO103", "only expected", "v7labs__darwin-py__output.json"): _NULL_OPTIONAL,
    ("COCO106", "only expected", "MiXaiLL76__faster_coco_eval__lvis_val_100.json"): _LVIS,
    ("COCO106", "only expected", "lvis-dataset__lvis-api__lvis_val_100.json"): _LVIS,
    ("COCO108", "only expected", "Azure__azureml-examples__odFridgeObjectsMask_coco.json"): _TYPE,
    ("COCO108", "only expected", "Azure__azureml-examples__odFridgeObjectsMask_coco_rle.json"): _TYPE,
    ("COCO108", "only expected", "Azure__azureml-examples__odFridgeObjects_coco.json"): _TYPE,
    ("COCO108", "only expected", "microsoft__torchgeo__00003.json"): _TYPE,
    ("COCO108", "only expected", "microsoft__torchgeo__00007.json"): _TYPE,
    ("COCO108", "only expected", "rafaelpadilla__review_object_detection_metrics__instances_v2.json"): _TYPE,
    ("COCO208", "only found", "v7labs__darwin-py__output.json"): 'the image\'s file_name is "": the index looked at category names alone',
    ("COCO304", "only found", "openvinotoolkit__datumaro__coco_panoptic-annotations-panoptic_train.json"): _SEGMENTS,
    ("COCO304", "only found", "openvinotoolkit__datumaro__panoptic_2018.json"): _SEGMENTS,
    ("COCO304", "only found", "openvinotoolkit__datumaro__panoptic_train.json"): _SEGMENTS,
    ("COCO404", "only expected", "MiXaiLL76__faster_coco_eval__instances_val2014_100.json"): _PUBLISHED_IDS,
    ("COCO404", "only expected", "inbumpark__DeepRobGroup13__instances_test_updated.json"): _PUBLISHED_IDS,
    ("COCO404", "only expected", "open-mmlab__mmfewshot__bus.json"): _PUBLISHED_IDS,
    ("COCO404", "only expected", "open-mmlab__mmfewshot__car.json"): _PUBLISHED_IDS,
    ("COCO404", "only expected", "open-mmlab__mmfewshot__cat.json"): _PUBLISHED_IDS,
    ("COCO404", "only expected", "rafaelpadilla__review_object_detection_metrics__sampled_bbox_results.json"): _PUBLISHED_IDS,
    ("COCO404", "only expected", "rafaelpadilla__review_object_detection_metrics__sampled_gts_bbox_area.json"): _PUBLISHED_IDS,
    ("COCO407", "only expected", "Unity-Technologies__datasetinsights__instances.json"): _UNIQUE_ID,
    ("COCO407", "only expected", "Unity-Technologies__datasetinsights__keypoints.json"): _UNIQUE_ID,
    ("COCO408", "only expected", "Unity-Technologies__datasetinsights__keypoints.json"): _UNIQUE_ID,
    ("COCO502", "only expected", "SakibAhmedShuva__CVAT-Segmentation-to-YOLOv8-Converter__instances_default.json"): _CORNERS,
    ("COCO502", "only expected", "Unity-Technologies__datasetinsights__instances.json"): (
        "image_id and the image's id exceed 64 bits (COCO007): the annotations have no usable image, and the rule is skipped for them"
    ),
    ("COCO506", "only found", "NicoNRG2__CV-Project-MoCap___annotations.coco.rectified.json"): (
        "boxes were rectified, areas were not: more than 5% off, and segmentation is []"
    ),
    ("COCO506", "only expected", "Azure__azureml-examples__odFridgeObjectsMask_coco.json"): "the area is (w + 1) * (h + 1), under 5% off",
    (
        "COCO506",
        "only expected",
        "Azure__azureml-examples__odFridgeObjectsMask_coco_rle.json",
    ): "the area is (w + 1) * (h + 1), under 5% off",
    ("COCO506", "only expected", "MiXaiLL76__faster_coco_eval__gt_ignore_test.json"): (
        "the areas are those of COCO's masks, which were taken out of this file: from 0.46 to 0.69 of the box, and not checked"
    ),
    ("COCO506", "only expected", "MargotBelot__HieraticAI__annotations.json"): _PIXELS,
    ("COCO506", "only expected", "keyofdeath__detr-tensorflow__coco.json"): _PIXELS,
    ("COCO506", "only expected", "MiXaiLL76__faster_coco_eval__lvis_val_100.json"): "2.2% off, within the tolerance of 5%",
    ("COCO506", "only expected", "lvis-dataset__lvis-api__lvis_val_100.json"): "2.2% off, within the tolerance of 5%",
    ("COCO506", "only expected", "lightly-ai__labelformat__instances_with_binary_mask.json"): (
        "a crowd of COCO's own: 962, its RLE has 938 pixels; 2.6% off, within the tolerance of 5%"
    ),
    ("COCO506", "only expected", "divyam-prajapati__NIDS-Net__coco_instances_results.json"): "a results list: nothing reads the area there",
    ("COCO506", "only expected", "sangwon-neurocle__tensorpack-windows__instances_Test.json"): (
        "segmentations with an empty second polygon (COCO602): not judged by their area; the other polygon's is right"
    ),
    ("COCO506", "only expected", "sangwon-neurocle__tensorpack-windows__instances_Train.json"): (
        "segmentations with an empty second polygon (COCO602): not judged by their area; the other polygon's is right"
    ),
    ("COCO508", "only found", "Azure__azureml-examples__odFridgeObjectsMask_coco_rle.json"): _INDEX_ONLY_POLYGONS,
    ("COCO508", "only found", "divyam-prajapati__NIDS-Net__single_image_ground_truth_3.json"): _INDEX_ONLY_POLYGONS,
    ("COCO508", "only expected", "SakibAhmedShuva__CVAT-Segmentation-to-YOLOv8-Converter__instances_default.json"): _CORNERS,
    ("COCO509", "only expected", "SakibAhmedShuva__CVAT-Segmentation-to-YOLOv8-Converter__instances_default.json"): _CORNERS,
    ("COCO706", "only expected", "cocodataset__cocoapi__person_keypoints_val2014_fakekeypoints100_results.json"): (
        "a results list: a model's v is a free number that no evaluation reads"
    ),
    ("COCO901", "only expected", "openvinotoolkit__datumaro__coco_panoptic-annotations-panoptic_train.json"): _PANOPTIC_LOAD,
    ("COCO901", "only expected", "openvinotoolkit__datumaro__panoptic_2018.json"): _PANOPTIC_LOAD,
    ("COCO901", "only expected", "openvinotoolkit__datumaro__panoptic_train.json"): _PANOPTIC_LOAD,
    ("COCO901", "only expected", "openvinotoolkit__datumaro__v1.2-panoptic-panoptic_2018.json"): _PANOPTIC_LOAD,
    ("COCO903", "only found", "MargotBelot__HieraticAI__hieroglyphs_dataset-test-annotations.json"): (
        "two polygons that enclose nothing (COCO604): segm AP 0.981, which the boxes do not show"
    ),
}
"""(code, "only found" or "only expected", file) -> the explanation."""

BY_HAND: dict[str, dict[str, str]] = {
    "COCO704": {
        "ignc-research__blender-gen__instances_default.json": "its nested keypoints are read, and two of the second annotation are at y = -24 and below"
    },
    "COCO920": {
        "divyam-prajapati__NIDS-Net__coco_instances_results.json": "20 of 67 results repeat one of the same class at nearly the same place"
    },
    "COCO612": {
        "openvinotoolkit__datumaro__stuff_train.json": (
            "one annotation, an RLE of 5 x 10 with two separate runs and iscrowd 1; it is a stuff file, whose flag is meant: a note, for a look"
        ),
    },
    "COCO902": {
        "MiXaiLL76__faster_coco_eval__gt_ignore_test.json": 'the image\'s id is "2299" (COCO103), the annotations say 2299',
        "open-mmlab__mmdeploy__person_keypoints_val2017.json": "its one annotation is on another image (COCO301)",
        "open-mmlab__mmdetection__coco_wrong_format_sample.json": "two annotations have id 1 (COCO202)",
        "pedropro__TACO__annotations.json": "ids 309 and 4040 stand twice (COCO202)",
        "pedropro__TACO__annotations_unofficial.json": "8 polygons lie wholly off their image (COCO503, COCO603): no pixel is left of them",
        "strickvl__panlabel__sample_invalid.coco.json": "an image id twice, a dangling image and a dangling category",
        "strickvl__panlabel__sample_invalid.ir.json": "an image id twice, a dangling image and a dangling category",
    },
    "COCO904": {
        "GeneralBlockchain__covid-19-chest-xray-lung-bounding-boxes-dataset__annotations.json": "an annotation has no category_id",
        "divyam-prajapati__NIDS-Net__final_highres_sliding_instances_results.json": "no categories",
        "divyam-prajapati__NIDS-Net__final_sliding_highres_instances_results.json": "no categories",
        "microsoft__torchgeo__00003.json": "images is an object, no list",
        "microsoft__torchgeo__00007.json": "images is an object, no list",
        "microsoft__torchgeo__annotations.json": "no categories",
        "open-mmlab__mmfewshot__bus.json": _SHARED_NAME,
        "open-mmlab__mmfewshot__car.json": _SHARED_NAME,
        "open-mmlab__mmfewshot__cat.json": _SHARED_NAME,
        "openvinotoolkit__datumaro__labels_train.json": "an annotation has no bbox",
        "pedropro__TACO__annotations_unofficial.json": "boxes of Infinity (COCO006)",
        "strickvl__panlabel__sample_invalid.coco.json": "a dangling category (COCO302)",
        "strickvl__panlabel__sample_invalid.ir.json": "boxes are objects, no lists (COCO103)",
        "v7labs__darwin-py__output.json": "a file_name is empty (COCO208)",
        "yvan674__obb_anns__deepscores_v2_sample.json": "annotations and categories are objects, no lists",
    },
    "COCO905": {
        "MiXaiLL76__faster_coco_eval__gt_ignore_test.json": "annotations of no image are dropped",
        "open-mmlab__mmdeploy__person_keypoints_val2017.json": "the annotation of no image is dropped",
    },
}
"""Rules whose oracle is the reader itself: code -> file -> what was seen in the file that makes the finding true."""
