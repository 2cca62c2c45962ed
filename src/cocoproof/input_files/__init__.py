"""Files as bytes: regular files only, and gzip unpacked within limits."""
