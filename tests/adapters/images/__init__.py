"""Tests of the image builder: what is pure by whole texts, the rest on real engines."""
