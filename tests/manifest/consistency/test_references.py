"""Roles that name other roles."""

from __future__ import annotations

from tests.manifest import world


def manifest(containers: str) -> str:
    return "scs: 1\nservice: blog\ncontainers:\n" + containers.lstrip("\n")


def test_a_role_that_is_not_there_is_refused_with_the_nearest_name() -> None:
    source = manifest("""
  web: {image: nginx, requires: {mysql: {role: databse}}, after: [migrat]}
  database: {image: mariadb, provides: {mysql: {port: 3306}}}
  migrate: {image: migrate}
""")
    assert world.mistakes(source) == [
        "blog.yaml:4:48: containers.web.requires.mysql.role: there is no role 'databse' in this manifest "
        "(did you mean 'database'?)",
        "blog.yaml:4:67: containers.web.after[0]: there is no role 'migrat' in this manifest (did you mean 'migrate'?)",
    ]


def test_a_service_that_the_role_does_not_provide_is_refused() -> None:
    source = manifest("""
  a: {image: nginx, requires: {mysq: {role: db}}}
  b: {image: nginx, requires: {cache: {role: db, provided: redis}}}
  c: {image: nginx, requires: {http: {role: a}}}
  db: {image: mariadb, provides: {mysql: {port: 3306}, metrics: {port: 9104}}}
""")
    assert world.mistakes(source) == [
        "blog.yaml:4:45: containers.a.requires.mysq.role: role 'db' does not provide 'mysq' (did you mean 'mysql'?)",
        "blog.yaml:5:60: containers.b.requires.cache.provided: role 'db' does not provide 'redis' "
        "(it provides metrics, mysql)",
        "blog.yaml:6:45: containers.c.requires.http.role: role 'a' does not provide 'http' (it provides nothing)",
    ]


def test_roles_that_wait_for_each_other_are_named_in_full() -> None:
    source = manifest("""
  web: {image: nginx, requires: {api: {role: api}}}
  api: {image: api, provides: {api: {port: 80}}, after: [db]}
  db: {image: mariadb, after: [{role: web, condition: started}]}
""")
    assert world.mistakes(source) == [
        "blog.yaml:5:3: containers.api: these roles wait for each other: api -> db -> web -> api "
        "(let one go on without the other: optional: true at its requirement, or take it out of after:)"
    ]


def test_a_role_cannot_wait_for_itself() -> None:
    assert world.mistakes(manifest("  web: {image: nginx, after: [web]}\n")) == [
        "blog.yaml:4:3: containers.web: these roles wait for each other: web -> web "
        "(let one go on without the other: optional: true at its requirement, or take it out of after:)"
    ]


def test_an_optional_requirement_makes_no_cycle() -> None:
    source = manifest("""
  a: {image: peer, provides: {peer: {port: 1}}, requires: {peer: {role: b, optional: true}}}
  b: {image: peer, provides: {peer: {port: 1}}, requires: {peer: {role: a, optional: true}}}
""")
    assert world.mistakes(source) == []


def test_waiting_for_health_needs_a_check() -> None:
    source = manifest("""
  web: {image: nginx, after: [{role: db, condition: healthy}]}
  db: {image: mariadb, provides: {mysql: {port: 3306}}}
""")
    assert world.mistakes(source) == [
        "blog.yaml:4:53: containers.web.after[0].condition: role 'db' has no check that could say it is healthy "
        "(give it health:, or a check: to a service that it provides; or wait for condition: started)"
    ]


def test_a_check_of_a_service_is_enough_to_wait_for() -> None:
    source = manifest("""
  web: {image: nginx, after: [{role: db, condition: healthy}]}
  db: {image: mariadb, provides: {mysql: {port: 3306, check: {tcp: true}}}}
""")
    assert world.mistakes(source) == []


def test_a_role_of_another_manifest_is_not_looked_for_here() -> None:
    source = manifest("  web: {image: nginx, requires: {mysql: {role: shop/db}}}\n")
    assert world.mistakes(source) == []


def test_mistakes_of_a_role_do_not_hide_those_of_others_nor_make_new_ones() -> None:
    source = manifest("""
  web: {image: nginx, requires: {mysql: {role: db}, cache: {role: cach}}, restart: never}
  db: {image: {manifest: nowhere}, health: {http: /}}
  cache: {image: redis, after: [{role: db, condition: healthy}]}
""")
    found = world.mistakes(source)
    assert [problem.split(": ")[:2] for problem in found] == [
        ["blog.yaml:4:67", "containers.web.requires.cache.role"],
        ["blog.yaml:4:84", "containers.web.restart"],
        ["blog.yaml:5:26", "containers.db.image.manifest"],
        ["blog.yaml:5:45", "containers.db.health"],
    ]
