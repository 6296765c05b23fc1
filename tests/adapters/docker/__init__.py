"""Tests of the Docker adapter: what is pure by recorded answers, the rest against fake peers and real engines."""
