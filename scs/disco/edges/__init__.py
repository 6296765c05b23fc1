"""Where disco meets sockets, files and the loop: everything that the pure packages beside this ask of an edge.

| module | what it is |
|---|---|
| `serving` | one running server: the core and its peers, on one loop; what HTTP, DNS and others build on |
| `lines` | the peers of the line protocol: TCP, TLS and unix sockets |
| `places` | `HOST:PORT` and `unix:PATH` as people write them |
| `server` | `scs disco serve`: everything together, from the start to SIGTERM |
| `client` | the client for Python programs |
"""
