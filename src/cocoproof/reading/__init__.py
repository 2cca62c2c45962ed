"""Bytes -> rows -> columns. What does not fit is set aside and explained; the rest goes on."""
