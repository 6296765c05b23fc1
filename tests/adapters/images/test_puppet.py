"""What is declared to Puppet is data and stays data."""

from __future__ import annotations

import pytest

from scs.adapters.images import puppet
from scs.contract import errors


def test_a_class_is_declared_with_its_parameters_in_order() -> None:
    parameters = {"text": "it's", "ids": [1, 2.5, None], "map": {"b": True, "a'": "\\"}, "empty": {}}
    assert puppet.declaration("site::web", parameters) == (
        "class { 'site::web':\n"
        "  empty => {},\n"
        "  ids => [1, 2.5, undef],\n"
        "  map => {'a\\'' => '\\\\', 'b' => true},\n"
        "  text => 'it\\'s',\n"
        "}\n"
    )


def test_nothing_is_interpolated_or_ended_by_a_text() -> None:
    assert puppet.literal("${::x} \" ' } \n exec {'x':}\\") == "'${::x} \" \\' } \n exec {\\'x\\':}\\\\'"


@pytest.mark.parametrize("name", ["Scs", "scs':", "a b", "scs::", ""])
def test_what_is_no_class_is_refused(name: str) -> None:
    with pytest.raises(errors.Failure) as caught:
        puppet.declaration(name, {})
    assert caught.value.why == f"{name!r} is not the name of a Puppet class, such as scs or site::web"


def test_an_option_that_cannot_be_a_parameter_is_refused() -> None:
    with pytest.raises(errors.Failure) as caught:
        puppet.declaration("scs", {"server-id": 1})
    assert caught.value.why == (
        "the option 'server-id' cannot be a parameter of the Puppet class scs: "
        "give it a name of lower case letters, digits and _"
    )


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(errors.Failure, match="cannot be given to Puppet: it is not JSON data"):
        puppet.literal(b"x")
