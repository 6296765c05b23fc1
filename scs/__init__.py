"""scs: a declarative manifest reconciler for containers."""
