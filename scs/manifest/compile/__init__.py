"""Parts of a checked tree to values of the model, each part for itself; not whether they agree with each other."""
