"""What holds sessions: time, timers, tokens, budgets. Sends nothing."""
