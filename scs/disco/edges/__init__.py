"""Where disco meets sockets, files and the loop: everything that the pure packages beside this ask of an edge.

| module | what it is |
|---|---|
| `serving` | one running server: the core and its peers, on one loop; what HTTP, DNS and others build on |
| `server` | `scs disco serve`: everything together, from the start to SIGTERM |
| `listening`, `lines` | sockets that take connections; a peer of the line protocol on one |
| `snapshots`, `rereading` | the snapshot's file; tokens and certificates, read again when they change |
| `client`, `wishes`, `dialing` | the client for Python programs: what it does, what it is told, its connection |
| `asking` | one question without a loop, for commands |
| `places`, `names` | `HOST:PORT` and `unix:PATH`, and names of endpoints, as people write them |
| `dns`, `http` | other ways to ask |
| `etcd` | a store that several servers share |
| `forward` | local ports that follow a service |
"""
