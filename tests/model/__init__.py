"""Tests of the model: values alone."""
