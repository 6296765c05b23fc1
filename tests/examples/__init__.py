"""The manifests in `manifests/`: compared with golden text, and brought up for real, twice."""
