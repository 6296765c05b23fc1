"""What a run rested on that found nothing to do. While all of it is the same, there is nothing to do again.

A plan follows from the manifest and the world alone: the same files and the same lists of the engine need no second
look. `check` comes before any other part of scs is imported, which takes most of the time of such a run; whatever is
not exactly as it was leaves the answer to the rest of scs. `keep` writes it down.

STATE/standstill/NAME   a line of JSON (`facts.Known`), then the engine's lists in its own words
"""
