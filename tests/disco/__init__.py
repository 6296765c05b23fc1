"""Tests of scs.disco. All of them run the core with a clock of their own; none opens a socket."""
