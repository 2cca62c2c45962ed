# supervision 0.27.0.post2: schema_valid
# COCO103 annotation 1 (image 1, 0.png): iscrowd is false, expected 0 or 1
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0',), images=(
    DrawnImage('0.png', 2, 2, boxes=((0.0, 0.0, 2.0, 2.0),), class_id=(0,), masks=(('##', '##'),)),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 0}, {0: '0'}, source=['0'])
