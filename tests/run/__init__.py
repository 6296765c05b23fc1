"""Tests of the pipeline in motion, over the engine in memory."""
