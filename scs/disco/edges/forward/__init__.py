"""Local ports that follow a service wherever it goes.

| module | what it is |
|---|---|
| `rules` | `PORT:ENDPOINT[:ROLE[:SERVICE[:ENV]]]` as people write it |
| `choosing` | which endpoint a connection goes to, and which next when that one does not answer |
| `piping` | two connections, joined: back-pressure, half-closing, and the death of either |
| `forwarding` | a listening port, its endpoints and its connections |
"""
