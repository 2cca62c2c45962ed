"""The COCO format itself: columns, ragged arrays, run-length masks, polygons; pure functions on arrays."""
