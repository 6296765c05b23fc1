"""The tests of scs; their folders mirror the packages that they test."""
