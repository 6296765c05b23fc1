"""Where the examples' tests keep what is slow to make: the bootstrapped base, between runs and outside the tree."""

from __future__ import annotations

import os
from pathlib import Path

CACHE = Path(os.environ.get("SCS_TEST_CACHE") or Path.home() / ".cache/scs-tests")
ENVIRONMENT = {"SCS_STATE_DIR": str(CACHE / "state")}
"""scs's own folder for bases; images are still built by the engine of each test."""
MANIFESTS = Path(__file__).parents[2] / "manifests"
