# supervision 0.27.0.post2: images_not_decoded
# the export needs the pixels of images, though their headers have the sizes: export raised AttributeError: 'NoneType' object has no attribute 'shape'
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('class 0', 'class 1'), images=(
    DrawnImage('0.png', 24, 16, boxes=((1.0, 1.0, 5.0, 4.0), (0.0, 0.0, 1.0, 1.0)), class_id=(1, 0)),
))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 0, 1: 1}, {0: 'class 0', 1: 'class 1'}, source=['class 0', 'class 1'])
