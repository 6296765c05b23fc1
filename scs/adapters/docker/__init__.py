"""The Docker Engine behind the contract of an engine; the only part of scs that knows the Docker SDK."""
