"""What the loaders of consumers (`--for`) make of a file: one module per consumer, which reads like its loader, on columns."""
