"""`python -m scs`, the same as the command `scs`."""

from scs.cli.main import run

run()
