"""Files as bytes: regular ones alone, and gzip unpacked within limits."""
