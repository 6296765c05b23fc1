"""From a Compose file to a manifest; shares with running containers what the two have in common."""
