"""Text to one tree of values that know their place: parsed, merged, rendered; not what any key means."""
