"""The command `scs`, also as `python -m scs`: Ctrl-C ends it without a word until the command itself listens."""

import signal


def run() -> None:
    """The console script. Imports late, because importing takes long enough for a Ctrl-C to fall into it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from scs.cli import main  # noqa: PLC0415 - see above

    main.run()


if __name__ == "__main__":
    run()
