"""labelformat: its loaders, `COCOObjectDetectionInput` and, where each annotation has a segmentation, `COCOInstanceSegmentationInput`."""

from common import main
from labelformat.formats.coco import COCOInstanceSegmentationInput, COCOObjectDetectionInput


def report(job):
    for loader in (COCOObjectDetectionInput, COCOInstanceSegmentationInput) if job.masks else (COCOObjectDetectionInput,):
        source = loader(input_file=job.path)
        list(source.get_categories())
        list(source.get_images())
        list(source.get_labels())
    return []


main(report)
