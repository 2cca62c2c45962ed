"""Files as bytes: regular files only, large ones mapped into memory, and gzip and zstd unpacked within limits."""
