"""From running containers, or a Compose file, to a manifest and what it could not say; reads nothing itself."""
