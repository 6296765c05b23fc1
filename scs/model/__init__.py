"""Frozen values that every other part shares; imports nothing else of scs."""
