"""DNS in front of a disco server: A, AAAA and SRV of what is provided. Asks the core, and never resolves for others.

| module | what it is |
|---|---|
| `messages` | bytes of a query -> what it asks, or the error to answer it with |
| `names` | a name under our domain -> what it means |
| `records` | that and what is provided -> records, or why there are none |
| `packing` | records -> bytes that fit where they go |
| `answering` | all of these, with what was answered lately kept |
| `listening` | UDP and TCP |
"""
