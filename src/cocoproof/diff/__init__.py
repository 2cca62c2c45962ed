"""What changed in meaning between two COCO files."""
