"""Compiled roles held to each other: what is named is there, what is claimed is free; it compiles nothing."""
