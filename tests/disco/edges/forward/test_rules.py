"""What people write, and what they are told where it is wrong."""

from __future__ import annotations

import re

import pytest

from scs.disco.edges.forward import rules
from scs.disco.values import Key


def test_what_is_left_out_is_default() -> None:
    key = Key(environment="default", service="default", role="default", endpoint="mysql")
    assert rules.parse("3306:mysql") == rules.Rule(port=3306, key=key)
    whole = rules.parse("3306:mysql:db:blog:prod")
    assert whole.key.names == ("prod", "blog", "db", "mysql")
    assert str(whole) == "3306:mysql:db:blog:prod"
    assert rules.parse("3306:prod/blog/db/mysql") == whole


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "mysql",
            "'mysql' says no port and no endpoint: write PORT:ENDPOINT[:ROLE[:SERVICE[:ENV]]], "
            "as in 3306:mysql:db:blog:prod",
        ),
        (
            "x:mysql",
            "'x:mysql' says no port and no endpoint: write PORT:ENDPOINT[:ROLE[:SERVICE[:ENV]]], "
            "as in 3306:mysql:db:blog:prod",
        ),
        ("70000:mysql", "'70000:mysql': 70000 is no port; ports are 1 to 65535, and 0 for any that is free"),
        (
            "1:a:b:c:d:e",
            "'a:b:c:d:e' is no name of an endpoint: write ENDPOINT[:ROLE[:SERVICE[:ENV]]] or ENV/SERVICE/ROLE/ENDPOINT",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        rules.parse(text)


def test_a_port_leads_to_one_endpoint() -> None:
    with pytest.raises(ValueError, match="port 80 is given 2 times: a port leads to one endpoint"):
        rules.parse_all(["80:a", "80:b", "0:c", "0:d"])
