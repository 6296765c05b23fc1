"""A lock that the kernel frees when its holder dies, taken or not, and signed by its holder; waits for nobody."""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time


def taken(path: str) -> int | None:
    """A handle that holds the lock, None while another has it. A file that is no longer at the path locks nothing."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(handle), os.lstat(path)):
                kept, handle = handle, -1
                return kept
        except BlockingIOError:
            return None
        except FileNotFoundError:
            pass
        finally:
            if handle >= 0:
                os.close(handle)


def sign(handle: int) -> None:
    """Says who holds it. On a full disk it locks all the same, and only does not say for whom."""
    holder = {"pid": os.getpid(), "command": " ".join(["scs", *sys.argv[1:]]), "since": time.strftime("%H:%M:%S")}
    os.ftruncate(handle, 0)
    try:
        os.pwrite(handle, json.dumps(holder).encode(), 0)
    except OSError:
        return
