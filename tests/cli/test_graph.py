"""The picture of a manifest: one walk, in words and for Graphviz."""

from __future__ import annotations

from scs.cli import graph
from tests.manifest import world

SHOP = """
    scs: 1
    service: shop
    networks:
      net: {type: bridge, subnet: 10.77.1.0/24, ipv6: {subnet: "fd00:77::/64"}}
      open: {type: host}
      closed: {type: none}
    volumes: {data: {type: docker}}
    containers:
      web:
        image: nginx
        networks: {net: {address: 10.77.1.3, address6: "fd00:77::3"}}
        requires: {sql: {role: db, optional: true}}
        provides:
          admin: {port: 81, publish: {port: auto, address: "::1"}}
          http: {port: 80, publish: {port: 8080, address: 127.0.0.1}}
      db: {image: sql, provides: {sql: {port: 1}}, networks: {open: {}}, volumes: {/d: {volume: data, read_only: true}}}
      job: {image: sql, networks: {closed: {}}, after: [db]}
"""


def test_text_names_what_the_engine_knows() -> None:
    assert list(graph.as_text(world.compiled(SHOP))) == [
        "default/shop",
        "  db (sql)",
        "    provides sql on 1/tcp",
        "    volume default-shop-data at /d (read-only)",
        "    network host",
        "  job (sql)",
        "    after db (started)",
        "    network none",
        "  web (nginx)",
        "    provides admin on 81/tcp, published on a port that the engine picks of ::1",
        "    provides http on 80/tcp, published on 8080 of 127.0.0.1",
        "    requires sql of db (optional)",
        "    network default-shop-net as 10.77.1.3 and fd00:77::3",
    ]


def test_dot_draws_a_line_for_each_word_that_leads_somewhere() -> None:
    lines = [line.strip() for line in graph.as_dot(world.compiled(SHOP)) if "->" in line]
    assert lines == [
        '"db" -> "volume default-shop-data" [arrowhead=none];',
        '"db" -> "network default-shop-open" [arrowhead=none, style=dashed];',
        '"job" -> "db" [style=dotted, label="started"];',
        '"job" -> "network default-shop-closed" [arrowhead=none, style=dashed];',
        '"web" -> "db" [label="sql", style=dashed];',
        '"web" -> "network default-shop-net" [arrowhead=none, style=dashed];',
    ]
