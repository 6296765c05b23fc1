"""The command `scs`, also as `python -m scs`: Ctrl-C ends it without a word until the command itself listens."""

import os
import signal
import sys

from scs.adapters.standstill import check


def run() -> None:
    """The console script. Imports late, because importing takes long enough for a Ctrl-C to fall into it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    said = check.answer(sys.argv[1:])
    if said is not None:
        _say(*said)
    from scs.cli import main  # noqa: PLC0415 - see above

    main.run()


def _say(out: str, err: str) -> None:
    """Ends the process, unless nobody hears it: then the command says what it says of that."""
    try:
        sys.stderr.write(err)
        sys.stderr.flush()
        sys.stdout.write(out)
        sys.stdout.flush()
    except OSError:
        return
    os._exit(0)


if __name__ == "__main__":
    run()
