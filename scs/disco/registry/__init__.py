"""Who provides what, and who wants to know. Knows no connection and no time but what it is given."""
