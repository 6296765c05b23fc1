"""Tests of the adapters. A package, or else the folder `docker` in it would hide the SDK of that name."""
