"""The manifest that the tests of the commands share: a database and two web servers, seconds to apply."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.testbed.host import SCS, Host

TINY = """\
scs: 1
environment: dev
service: tiny
networks:
  net: {type: bridge, subnet: 10.77.1.0/24, dynamic: 10.77.1.128/25}
volumes:
  data: {type: docker}
containers:
  db:
    image: bb:1
    command: [httpd, -f, -p, "3306"]
    init: true
    networks: {net: {address: 10.77.1.2}}
    volumes: {/data: data}
    provides: {mysql: {port: 3306, check: {tcp: true}}}
  web:
    image: bb:1
    replicas: 2
    command: [sh, -c, "mkdir /www; echo hello > /www/index.html; echo web is up; exec httpd -f -p 80 -h /www"]
    init: true
    networks: {net: {}}
    requires: {mysql: {role: db}}
    provides: {http: {port: 80, publish: auto, check: {http: /}}}
"""

LONE = """\
scs: 1
environment: dev
service: lone
containers:
  web: {image: "bb:1", init: true, command: [sh, -c, "sleep 600"]}
"""


def write(folder: Path, text: str = TINY, name: str = "tiny.yaml") -> Path:
    """The manifest as a file."""
    path = folder / name
    path.write_text(text)
    return path


def apply_and_kill(host: Host, manifest: Path, seconds: float) -> None:
    """Begins to apply it, and kills that so much later, where it has not ended by then."""
    running = host.popen([*SCS, "apply", manifest], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        running.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()
