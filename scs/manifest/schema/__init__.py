"""A tree held to a JSON Schema, what does not fit said in plain words; not whether what fits makes sense."""
