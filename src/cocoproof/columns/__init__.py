"""A COCO file as columns: one numpy array per field, with the state of every value."""
