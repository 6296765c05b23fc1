"""The state machine of a disco client: bytes, wishes and time in, effects out."""
