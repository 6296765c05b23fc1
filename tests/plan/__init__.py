"""Tests of the planner: whole plans as text, no engine."""
