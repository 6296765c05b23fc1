"""disco beside etcd, and by itself, as processes on loopback: how fast, how heavy, and that nobody is dropped wrongly.

| module | what it is |
|---|---|
| `main`, `page` | the command; the table in `benchmarks/disco.md` |
| `bench`, `servers`, `figures` | where a row runs: servers that it starts, what it comes to |
| `crowd`, `speaker`, `gateway`, `fleet` | the driver: many who listen, one who speaks, etcd's gateway, real clients |
| all others | the rows |
"""
