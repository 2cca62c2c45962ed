"""Prove that COCO files are right."""
