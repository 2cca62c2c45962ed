# FiftyOne 1.22.1: categories_complete
# export raised TypeError: fiftyone.utils.coco.COCOObject() got multiple values for keyword argument 'image_id'
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('0.png', 8, 8, boxes=((0.0, 0.0, 1.0, 1.0),), class_id=(0,), data={'image_id': ('image_id 4',)}),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 1}, {1: '0'}, source=['0'])
