"""Small stand-ins for what scs reaches of the world, each written once."""
