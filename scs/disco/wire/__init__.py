"""Bytes, lines and JSON shapes of both protocol versions. Knows no session and no registry."""
