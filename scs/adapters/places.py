"""Where scs keeps what it would rather not make again. Imports nothing slow (pathlib), as every run starts here."""

import os


def state() -> str:
    """The state folder: for root the host's, else the user's own."""
    if os.geteuid() == 0:
        otherwise = "/var/lib/scs"
    else:
        home = os.environ.get("XDG_STATE_HOME") or f"{os.path.expanduser('~')}/.local/state"  # noqa: PTH111 - see above
        otherwise = f"{home}/scs"
    return os.environ.get("SCS_STATE_DIR") or otherwise
