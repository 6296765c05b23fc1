"""A provider that does nothing but be there, in a process that is killed. Runs without the packages beside it."""

import socket
import sys
import time

JOIN = 'c:1 registry.join {"options":{"proto":1}}\n'
PROVIDE = (
    'c:2 provision.set {"environment":"prod","service":"told","role":"web","endpoint":"http","uid":"killed-%s",'
    '"address":{"host":"192.0.2.1","port":8080}}\n'
)


def main(port: int, name: str) -> None:
    """Until it is killed, or the server is gone; the server hears of it every three seconds."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall((JOIN + PROVIDE % name).encode())
        line.settimeout(0.1)
        at = time.monotonic()
        while True:
            try:
                if not line.recv(1 << 16):
                    return
            except TimeoutError:
                pass
            if time.monotonic() > at + 3:
                at = time.monotonic()
                line.sendall(b"\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
