"""Tests of scs.contract."""
