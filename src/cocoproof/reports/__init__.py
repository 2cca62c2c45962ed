"""Report formats, one module each, and the pages of the rules."""
