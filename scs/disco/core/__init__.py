"""The state machine of a disco server: bytes and time in, effects out."""
