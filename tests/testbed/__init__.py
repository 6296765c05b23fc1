"""Private Docker Engines on hosts of their own, for the tests; knows nothing of scs but how to start it."""
