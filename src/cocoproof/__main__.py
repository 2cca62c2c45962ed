"""`python -m cocoproof`."""

from cocoproof.cli.main import main

main()
