"""The command line: parses, calls, renders, exits. Takes no decision of its own."""
