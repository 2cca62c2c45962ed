"""Directed datasets: larger than those that Hypothesis draws, one or more for each way in which code depends on size, type or name."""
