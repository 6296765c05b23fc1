"""The commands as people use them: whole processes on a private engine, judged by what they print and leave behind."""
