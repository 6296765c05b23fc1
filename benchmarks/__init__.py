"""scs beside Docker Compose on one engine. Measures, judges nothing: a number here is no test."""
