"""The command line: parse -> execute -> exit code."""
