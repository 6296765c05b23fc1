"""Manifests as changes of state: each story goes from one manifest to another and back; runs nothing.

`FOLDER` in a text is the host's scratch folder. A side that is None has been destroyed.
"""

from __future__ import annotations

from dataclasses import dataclass

SERVE = '[httpd, -f, -p, "{port}"]'
WEB = """[sh, -c, "mkdir -p /www; echo ok > /www/index.html; exec httpd -f -p 80 -h /www"]"""
DB = 'image: "bb:1", init: true, command: [httpd, -f, -p, "3306"], provides: {mysql: {port: 3306, check: TCP}}'
HTTP = f'image: "bb:1", init: true, command: {WEB}'
SMALL = {"TCP": "{tcp: true, interval: 300ms}", "GET": "{http: /, interval: 300ms}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """`free`: nothing in it has a port or an address of its own, so that a copy may run beside it."""

    name: str
    before: str | None
    after: str | None
    free: bool = False

    @property
    def back(self) -> Story:
        """The same in the other direction."""
        return Story(name=f"{self.name}-back", before=self.after, after=self.before, free=self.free)


def _text(service: str, body: str) -> str:
    text = f"scs: 1\nenvironment: dev\nservice: {service}\n{body}"
    for short, full in SMALL.items():
        text = text.replace(short, full)
    return text


def _pair(name: str, body: str, *change: tuple[str, str], free: bool = False) -> Story:
    """A manifest, and the same with words replaced; without any, it is made from nothing and destroyed."""
    after = body
    for old, new in change:
        if old not in after:
            raise ValueError(f"story {name}: nothing reads {old!r}")
        after = after.replace(old, new)
    if not change:
        return Story(name=name, before=None, after=_text(name, body), free=free)
    return Story(name=name, before=_text(name, body), after=_text(name, after), free=free)


HELLO = f"""\
containers:
  web: {{{HTTP}, env: {{TITLE: hello}}, provides: {{http: {{port: 80, publish: 8081, check: GET}}}}}}
"""

BLOG = f"""\
networks:
  blog: {{type: bridge, subnet: 10.11.12.0/24, dynamic: 10.11.12.128/25}}
volumes:
  db: {{type: local, path: FOLDER/blog/db}}
  uploads: {{type: local, path: FOLDER/blog/uploads}}
containers:
  db:
    {{{DB}, env: {{SERVER_ID: 64}}, networks: {{blog: {{address: 10.11.12.2}}}},
      volumes: {{/data: db, /binlog: {{type: sub, of: db, path: binlog}}}}}}
  replica:
    {{{DB}, networks: {{blog: {{address: 10.11.12.3}}}}, requires: {{master: {{role: db, provided: mysql}}}}}}
  web:
    {{{HTTP}, networks: {{blog: {{}}}}, volumes: {{/uploads: uploads}}, requires: {{mysql: {{role: db}}}},
      provides: {{http: {{port: 80, publish: 8080, check: GET}}}}}}
"""

SITE = f"""\
networks:
  site: {{type: bridge, subnet: 10.11.13.0/24}}
volumes:
  db: {{type: docker}}
  tls: {{type: bind, source: ./tls}}
containers:
  db: {{{DB}, networks: {{site: {{address: 10.11.13.2}}}}, volumes: {{/data: db}}}}
  app:
    {{{HTTP}, networks: {{site: {{address: 10.11.13.3}}}}, requires: {{mysql: {{role: db}}}},
      env: {{MODE: production}}, provides: {{http: {{port: 80, check: GET}}}}}}
  nginx:
    {{{HTTP}, networks: {{site: {{address: 10.11.13.4}}}}, volumes: {{/tls: {{volume: tls, read_only: true}}}},
      requires: {{app: {{role: app, provided: http}}}}, provides: {{https: {{port: 80, publish: 8443, check: TCP}}}}}}
"""

VOLUME = f"""\
volumes:
  data: {{type: docker}}
containers:
  db: {{{DB}, volumes: {{/data: data}}, env: {{V: "1"}}}}
"""

LOCAL = f"""\
volumes:
  data: {{type: local, path: FOLDER/local/data, owner: "33:33", mode: "0750"}}
  inner: {{type: sub, of: data}}
containers:
  db: {{{DB}, volumes: {{/data: data, /inner: inner}}}}
"""

MEMORY = f"""\
volumes:
  scratch: {{type: tmpfs, size: 1MiB}}
containers:
  db: {{{DB}, volumes: {{/scratch: scratch}}, tmpfs: {{/tmp: {{size: 1MiB}}}}}}
"""

BOUND = f"""\
volumes:
  conf: {{type: bind, source: ./tls}}
containers:
  db: {{{DB}, volumes: {{/conf: {{volume: conf, read_only: true}}}}}}
"""

NETWORKS = f"""\
networks:
  front: {{type: bridge}}
  behind: {{type: bridge, internal: true, subnet: 10.11.14.0/24}}
containers:
  db: {{{DB}, networks: {{behind: {{}}, front: {{}}}}}}
"""

EXTERNAL = f"""\
networks:
  theirs: {{type: external, name: strange-net}}
  own: {{type: bridge}}
containers:
  db: {{{DB}, networks: {{own: {{}}, theirs: {{}}}}, env: {{V: "1"}}}}
"""

MODES = """\
networks:
  machine: {type: host}
  nothing: {type: none}
containers:
  open: {image: "bb:1", init: true, command: [httpd, -f, -p, "9090"], networks: {machine: {}},
    provides: {http: {port: 9090, check: TCP}}}
  alone: {image: "bb:1", init: true, command: [sleep, "100000"], networks: {nothing: {}}}
"""

PORTS = f"""\
containers:
  web: {{{HTTP}, provides: {{http: {{port: 80, publish: 8082, check: TCP}}}}}}
  other: {{{HTTP}, provides: {{http: {{port: 80, publish: auto, check: TCP}}}}}}
"""

REPLICAS = f"""\
containers:
  web: {{{HTTP}, replicas: 1, provides: {{http: {{port: 80, publish: auto, check: GET}}}}}}
"""

CHANGING = f"""\
networks:
  net: {{type: bridge, subnet: 10.11.15.0/24}}
containers:
  db: {{{DB}, networks: {{net: {{address: 10.11.15.2}}}}}}
  web:
    {{{HTTP}, networks: {{net: {{}}}}, requires: {{mysql: {{role: db, on_change: [touch, /told]}}}},
      provides: {{http: {{port: 80, check: TCP}}}}}}
"""

CHECKS = f"""\
containers:
  a: {{{DB}}}
  b: {{{HTTP}, provides: {{http: {{port: 80, check: GET}}}}}}
  c: {{image: "bb:1", init: true, command: [sleep, "100000"], health: {{exec: ["true"], interval: 300ms}}}}
"""

ORDERED = f"""\
containers:
  first: {{{DB}}}
  second: {{image: "bb:1", init: true, command: [sleep, "100000"], after: [first]}}
  third: {{{DB}, after: [{{role: first, condition: healthy}}]}}
"""

PART = f"""\
volumes:
  data: {{type: docker}}
containers:
  db: {{{DB}, volumes: {{/data: data}}}}
"""
WHOLE = f"{PART}  web: {{{HTTP}, requires: {{mysql: {{role: db}}}}, provides: {{http: {{port: 80, check: TCP}}}}}}\n"

BUILT = """\
containers:
  web: {image: {manifest: image, config: {title: hello}}, init: true, provides: {http: {publish: auto}}}
"""

STORIES: tuple[Story, ...] = (
    _pair("hello-fresh", HELLO),
    _pair("hello", HELLO, ("hello", "good day")),
    _pair("blog-fresh", BLOG),
    _pair("blog", BLOG, ("SERVER_ID: 64", "SERVER_ID: 66")),
    _pair("blog-more", BLOG, ("SERVER_ID: 64", "SERVER_ID: 66"), ("uploads: uploads", "more: uploads")),
    _pair("site", SITE, ("MODE: production", "MODE: development")),
    _pair("site-fresh", SITE),
    _pair("volume", VOLUME, ('V: "1"', 'V: "2"'), free=True),
    _pair("local", LOCAL, ("/local/data", "/local/other")),
    _pair("memory", MEMORY, ("scratch: {type: tmpfs, size: 1MiB}", "scratch: {type: tmpfs, size: 2MiB}"), free=True),
    _pair("bound", BOUND, ("/conf:", "/etc/conf:"), free=True),
    _pair("networks", NETWORKS, ("{behind: {}, front: {}}", "{behind: {}}")),
    _pair("subnet", NETWORKS, ("10.11.14.0/24", "10.11.16.0/24")),
    _pair("external", EXTERNAL, ('V: "1"', 'V: "2"'), free=True),
    _pair("modes", MODES, ("9090", "9091")),
    _pair("ports", PORTS, ("8082", "8083")),
    _pair("replicas", REPLICAS, ("replicas: 1", "replicas: 3"), free=True),
    _pair("changing", CHANGING, ("10.11.15.2", "10.11.15.9")),
    _pair("checks-fresh", CHECKS, free=True),
    _pair("ordered", ORDERED, ("after: [first]", "env: {V: x}"), free=True),
    _pair("built", BUILT, ("hello", "good day"), free=True),
    Story(name="removed", before=_text("removed", WHOLE), after=_text("removed", PART), free=True),
    _pair("volume-fresh", VOLUME, free=True),
    _pair("ordered-fresh", ORDERED, free=True),
)
BY_NAME = {story.name: story for one in STORIES for story in (one, one.back)}
