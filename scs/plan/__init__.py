"""Desired and observed in, plan out. Pure: it decides everything, and does nothing."""
