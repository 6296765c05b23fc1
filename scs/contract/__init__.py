"""The protocols between the pipeline and the world; no implementation of any of them."""
