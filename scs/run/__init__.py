"""Observe, plan, execute, observe again: the pipeline in motion. Decides nothing that the plan has not decided."""
