"""The types of volumes and networks that come with scs; when they act is decided elsewhere."""
