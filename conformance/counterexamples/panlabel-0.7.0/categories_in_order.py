# panlabel 0.7.0: categories_in_order
# the order of categories changed: 0, 1 in, 1, 0 out
# Needs `folder`, a pathlib.Path. Written by run.py.

from cocoproof import ClassMapping
from cocoproof.mapping import Category
from cocoproof.testing import DrawnDataset, DrawnImage

drawn = DrawnDataset(classes=('0', '1'))
dataset = drawn.build(folder / "images")  # folder: a pathlib.Path, such as tmp_path
mapping = ClassMapping.from_ids({0: 2, 1: 1}, [Category(2, '0'), Category(1, '1')], source=['0', '1'])
