"""Bytes -> rows -> columns. Values that do not fit are excluded and reported; the others are used."""
