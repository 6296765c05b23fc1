"""Values, texts and templates that programs have stumbled over; picked from by what makes cases."""

from __future__ import annotations

from random import Random
from typing import Any

NUMBERS: tuple[Any, ...] = (
    0, -1, 1, 2, 5, 63, 64, 80, 255, 256, 999, 1000, 4096, 65535, 65536, 10**6, 10**9, 2**31, 2**63 - 1, 2**63,
    -(2**63), 2**64 - 1, 0.0, -0.0, 0.5, 1.0, 1e-9, 1.5e10, 1e22, 1e308, 5e-324, 10**19, True, False, None,
)  # fmt: skip
TEXTS: tuple[str, ...] = (
    "", " ", "a", "A", "-", ".", "..", "/", "//", "~", "#", "&a", "*a", "!", "%", "@", "`", "'", '"', "\\", "\t", "\n",
    "a\nb", "a b", "a:b", "a: b", "a=b", "=", "a,b", "a\\b", "x" * 63, "x" * 64, "x" * 300, "null", "no", "NO", "yes",
    "on", "y", "true", "True", "1", "01", "0o17", "0x1f", "1_000", "1e3", ".5", "1.20", "22:22", "2001-01-01", ".inf",
    ".nan", "NaN", "Infinity", "-0", "+1", "²", "٣", "1٣", "\uff10", "½", "Ⅷ", "é", "e\u0301", "ß", "İ", "ﬁ", "中文",
    "😀",
    "\u200b", "\u00a0", "\u3000", "\ud800", "\udfff", "\U0010ffff", "\x00", "\x07", "\x1b[31m", "\x7f", "\x85",
    "\u2028", "\u202e", "\ufeff", "\uffff", "%s", "%n", "{}", "{0}", "$HOME", "${X}", "$(id)", "`id`", "; id", "<<",
    "1s", "0s", "-5s", "1.5h", "90", "5m30s", "999999999999h", "1e400s", "10 s", "1KiB", "1kb", "0B", "-1MiB",
    "99999999999999999999GiB", "1.5GiB", "0.1B", "20GiB", "²GiB", "1²s", "50%", "0644", "0o644", "644", "0888", "7777",
    "10.11.12.2", "10.11.12.0/24", "10.11.12.0/32", "10.11.12.1/24", "0.0.0.0", "0.0.0.0/0", "255.255.255.255",
    "256.1.1.1", "10.11.12.0/33", "10.11.12.٣", "::", "::1", "::/0", "fe80::1%eth0", "fe80::/64", "1.2.3", "010.1.1.1",
    "10.11.12.2:80", "[::1]:80", "a:80", "a:0", "a:65536", "a:b:c", ":80", "a:", "80/tcp", "80/udp", "80-90", "auto",
    "/srv/a", "/srv/a/", "/srv/../etc", "/etc", "/proc/self", "/run/scs/secrets", "/var/run/docker.sock", "./a",
    "../a",
    "../../../../../../etc/passwd", "a/b", "a//b", "image", "../images/mariadb", "image.yaml", "/a\x00b", "/a:b",
    "~/a",
    "nginx", "nginx:1.27", "nginx@sha256:" + "0" * 64, "nginx@sha256:0", "NGINX", "a/b/c/d:e", "a:b:c", "http://a/b:c",
    "root", "0", "0:0", "1000:1000", "a:", "www-data", "4294967295", "4294967296", "TERM", "SIGTERM", "SIGRTMIN+3",
    "HUP", "always", "on-failure", "on-failure:3", "unless-stopped", "never", "missing", "CAP_SYS_ADMIN", "ALL",
    "bridge", "host", "none", "local", "bind", "docker", "tmpfs", "sub", "external", "tcp", "udp", "http", "exec",
    "db", "web", "app", "data", "blog", "default", "x-", "x-a", "scs", "repair", "report", "recreate", "restart",
)  # fmt: skip
TEMPLATES: tuple[str, ...] = (
    "{{ vars.x }}", "{{ vars.data }}", "{{ vars }}", "{{ env }}", "{{ env.HOME }}", "{{ env.X }}", "{{ environment }}",
    "{{ service }}", "{{", "}}", "{{ }}", "{{}}", "{%", "{% %}", "{#", "{{ vars.x", "{{ vars. }}", "{{ vars..x }}",
    "{{ vars['x }}", "{{ vars[0] }}", "{{ vars.x.y.z }}", "{{ x }}", "{{ None }}", "{{ none }}", "{{ 1 / 0 }}",
    "{{ 1 }}", "{{ 1.0 }}", "{{ 9999999999 * 9999999999 }}", "{{ 1e308 * 10 }}", "{{ true }}", "{{ [] }}", "{{ {} }}",
    "{{ [1, 'a', none] }}", "{{ {'a': {'b': 1}} }}", "{{ {1: 2} }}", "{{ {(1, 2): 3} }}", "{{ (1, 2) }}", "{{ '' }}",
    "{{ 'a' * 70000 }}", "{{ 'a' * 9999999999 }}", "{{ 10 ** 30 }}", "{{ range(10) | list }}",
    "{{ range(999999999) }}", "{{ '\\x00' }}", "{{ '\\ud800' }}", "{{ '\\u202e' }}", "{{ ''.__class__.__mro__ }}",
    "{{ self }}", "{{ cycler }}", "{{ lipsum() }}", "{{ vars.items() }}", "{{ vars | tojson }}",
    "{{ vars | random }}", "{{ 'a' | nothing }}", "{{ a is b }}", "{% if true %}a{% endif %}", "{% if vars.x %}",
    "{% for i in range(3) %}{{ i }}{% endfor %}", "{% endfor %}", "{% include 'a' %}", "{% import 'a' as b %}",
    "{% extends 'a' %}", "{% block a %}{% endblock %}", "{% raw %}{{", "{% raw %}{{ a }}{% endraw %}",
    "{% set a = 1 %}{{ a }}", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "a{{ vars.x }}b",
    "{{ 'a' }}{{ 'b' }}", "{{ 1 }}{{ 2 }}", "{{ '{{ vars.x }}' }}", "{{ '%s' % 1 }}", "{{ '%d' % 'a' }}",
    "{{ '{0.__class__}'.format(1) }}", "{{ 'a'.join(1) }}", "{{ vars() }}", "{{ 1() }}", "{{ -'a' }}",
    "{{ 'a' < 1 }}", "{{ [[]] * 3 }}", "{{ 'é' }}", "{{ \"\n\" }}", "{{\nvars.x\n}}", "{{ vars.x | default(1) }}",
    "{{ 1 if false }}", "{{ namespace() }}", "{{ dict }}", "{{ joiner }}", "{{ 'x' | batch(2) }}",
    "{{ 'x' | list | groupby('a') }}", "{{ [1, 'a'] | sort }}", "{{ 5 | filesizeformat }}", "{{ 'a' | int }}",
    "{{ '9' * 5000 | int }}", "{{ '٣' | int }}", "{{ " + "(" * 200 + "1" + ")" * 200 + " }}",
    "{{ " + "[" * 100 + "]" * 100 + " }}", "{{ " + "not " * 300 + "1 }}",
)  # fmt: skip
LINES: tuple[str, ...] = (
    "---", "...", "%YAML 1.1", "%YAML 2.0", "%TAG ! tag:x,2000:", "- a", "-", "?", "? a", "? [a]: b", ": a", "a",
    "a: b", "<<: *a", "<<: {}", "a: &a", "a: &a [*a]", "a: *a", "*a : b", "&a b: c", "a: !!str", "a: !!int x",
    "a: !!python/x y", "a: !!binary aGk=", "a: !!set {}", "a: !x y", "!!map {}", "a: !<tag:yaml.org,2002:int> 3",
    "a: !!float 3", "a: !!null", "a: |", "a: >-\n  b\n c", "a: |9", "a: '", 'a: "\\', 'a: "\\ud800"', 'a: "\\x00"',
    'a: "\\U00110000"', "a: [", "a: {", "a: ]", "a: {b}", "a: {b: c, b: d}", "a: [b, , c]", "a: @b", "a: `b", "a: %b",
    "\ta: b", "a:\tb", " a: b", "1: a", "null: a", "true: a", "1.5: a", "~: a", "[a]: b", "{a: b}: c", "'': a",
    '"a\\nb": c', "a: 0o777777777777777777777777", "a: 0xffffffffffffffffffff", "a: 1e999", "a: -.inf", "a: .NaN",
    "a: " + "9" * 5000, "a: 1" + "0" * 400, "{{ a }}: b", "a: {{ vars.x }}", "a: {% if %}", "# comment", "a: #b",
    "a: b #c", "a: b: c", "a: - b", "scs: 2", "scs: '1'", "scs: 1.0", "scs: 0x1", "environment: ''", "service: A",
    "vars: []", "vars: {x: '{{ vars.y }}'}", "containers: []", "x-a: &a {b: c}", "x-b: [*a, *a]", "drift: nothing",
    "jobs: {m: {image: a}}", "secrets: {s: {env: A}}",
)  # fmt: skip
BYTES: tuple[bytes, ...] = (
    b"\0", b"\xff", b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80",
    b"\xc3", b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\xc2\x85", b"\x85", b"\r", b"\r\n", b"\n", b"\t", b" ", b"  ",
    b"\x1b", b"\x7f", b":", b": ", b"-", b"- ", b"'", b'"', b"\\", b"#", b" #", b"&a ", b"*a", b"!", b"!!int ", b"|",
    b">", b"{", b"}", b"[", b"]", b",", b"?", b"%", b"@", b"~", b"{{", b"}}", b"{%", b"\xf0\x9f\x98\x80",
    b"e\xcc\x81", b"0", b"9" * 30, b"<<: ",
)  # fmt: skip


def scalar(random: Random) -> Any:
    return random.choice(NUMBERS) if random.random() < 0.35 else random.choice(TEXTS)


def value(random: Random, depth: int = 0) -> Any:
    """Any value at all, mostly a single one."""
    kind = random.random()
    if kind < 0.7 or depth > 3:
        return scalar(random)
    if kind < 0.78:
        return random.choice(([], {}, [[]], [{}], {"": {}}, [None], {"a": None}))
    if kind < 0.89:
        return [value(random, depth + 1) for _ in range(random.randint(1, 3))]
    return {str(scalar(random)): value(random, depth + 1) for _ in range(random.randint(1, 3))}


def template(random: Random) -> str:
    """A template, as often as not broken in a way that is in no list."""
    text = random.choice(TEMPLATES)
    if random.random() < 0.3:
        at = random.randrange(len(text) + 1)
        text = text[:at] + random.choice(TEMPLATES + TEXTS) + text[at:]
    if random.random() < 0.2 and text:
        at = random.randrange(len(text))
        text = text[:at] + text[at + 1 :]
    return text


def nested(random: Random) -> str:
    """Flow collections one in the other, closed or not."""
    begins, ends = random.choice((("[", "]"), ("{a: ", "}"), ("[{a: ", "}]"), ("[? ", "]")))
    depth = random.choice((3, 20, 63, 64, 65, 200, 1000, 20_000))
    return begins * depth + random.choice(("", "1", ends * depth, "1" + ends * depth))


def bomb(random: Random) -> str:
    """Aliases of aliases: small as text, large when each is counted in full."""
    width, levels = random.choice(((2, 10), (10, 3), (10, 9), (100, 3)))
    lines = ["x-0: &b0 [1, 2]"]
    lines += [f"x-{n}: &b{n} [{', '.join([f'*b{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join(lines)


def wide(random: Random) -> str:
    """Very much of one thing."""
    count = random.choice((100, 1000, 3000))
    return random.choice(
        (
            "\n".join(f"k{n}: {n}" for n in range(count)),
            f"x-a: [{', '.join(map(str, range(count)))}]",
            f"x-a: '{'y' * count * 30}'",
            f"{'z' * count}: 1",
            "\n".join("same: 1" for _ in range(count)),
            "vars: {" + ", ".join(f"v{n}: '{{{{ {n} }}}}'" for n in range(count // 50)) + "}",
        )
    )
