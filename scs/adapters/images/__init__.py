"""Builds images that manifests describe, by the engine's own builder; never decides whether to."""
