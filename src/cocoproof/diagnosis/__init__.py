"""What a results list means beside its ground truth: classes, boxes and images compared as wholes, not row by row.

Every function here works on arrays and returns evidence in numbers. It stays silent where the evidence would fit a weak, sparse,
noisy or random model as well: such a model is not a defect of the file.
"""
