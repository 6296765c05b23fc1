"""Discovery: who provides what, where, told to whoever requires it. Everything named here does no I/O.

| package | what it is |
|---|---|
| `values`, `settings` | what is spoken of; limits and times |
| `effects`, `problems` | what an edge is asked to do; refusals |
| `wire` | bytes <-> lines <-> commands, and the JSON shapes of v0 and v1 |
| `registry` | provisions by id and key, filters, groups, the ring of changes, damping |
| `sessions` | tokens and scopes, the expiry budget, time without our own pauses, timers |
| `core` | the server's state machine, `core.disco.Disco` |
| `client` | the client's state machine, `client.client.Client` |

Edges (asyncio server and client, HTTP, DNS, stores, federation) are in `edges`, which imports these; the contract "The
pure core does no I/O" in pyproject names the packages above.

## What an edge of the server does

Everything is one object, used by one thread. `now` is monotonic seconds, never going back; `wall` is Unix time.

    disco = Disco(settings, now=now, wall=wall, entropy=os.urandom, saved=bytes of the last snapshot, or None)
    disco.use_tokens(now, tokens.parse(text), wall=wall)    # with Settings(open=False); again when the file changed

    disco.begin(now)                                 # before the others: what loading took is not counted
    disco.connect(now, connection, host, remote)     # a peer was accepted; ids are the edge's own, never used twice
    disco.receive(now, connection, data)             # bytes came
    disco.closed(now, connection)                    # FIN, RST or an error: nothing more will come
    disco.blocked(now, connection)                   # its transport's buffer is above the high-water mark: stop reading
    disco.writable(now, connection)                  # and below again: read on
    disco.tick(now)                                  # at `disco.due()`, and every `settings.times.tick` in any case
    disco.drain() -> list[Effect]                    # after each of these: perform in order (`effects.py` says how)

- The edge calls `tick` at least every 0.25 s: a gap longer than a second means that this process was stopped, and no
  deadline counts the time that was lost. After a gap it reads what its sockets hold before it calls `tick`.
- `Send.to` may name a connection that the edge has closed by itself meanwhile: skip it. One `Send` goes to many:
  write the very same bytes object to each.
- FIN of a peer ends it: close our side as well (old clients wait for it) and call `closed`.
- Snapshots: when `disco.changes` has moved, at most every 2 s: `disco.snapshot()` is immutable, its `parts()` are bytes
  in pieces (a thread may write them): temporary file, sync, rename, sync of the folder.
- Plain text off loopback, TLS, peers' limits of handshakes: the edge's. `Settings(open=True)` asks for no token.

HTTP, DNS and metrics ask, without a session (`registry.views.Query` is a question, `core.reading` makes one of JSON):

    disco.lookup(query, prefer=, dc=, zone=) -> Answer      # what is to be used, with its tier (for SRV priorities)
    disco.changed_at(key) -> int                            # no answer under this key is older: for caches
    disco.known(names) -> bool                              # NODATA or NXDOMAIN; SERVFAIL while not `complete`
    disco.watch(query) -> group; disco.view(group) -> (rev, complete, view); disco.unwatch(group)    # and `Published`
    disco.status(), disco.catalog(), disco.required(), disco.listed_sessions(), disco.counters       # plain values

A store that several servers share (`Settings(external=True, server=...)`): commands become `Propose(ticket,
transaction)`; every change that the store's watch tells, own ones included, is fed back in its order by `observe(now,
rev, transaction)` (`core.snapshot.provision_json` and `provision_of` are the form to store), then `settle(now,
ticket, None or Refused)` for own ones. Sessions travel as `Keep` and `Forget`, and come by `know(now, record)` and
`forget(now, session)`; a record whose server is gone is told as `know` with `server=""`. `start_at(epoch, rev,
provisions)` is what the store holds, at the start and whenever it had to be read anew. `use_janitor(True)` for the
one server that gives up sessions of dead servers.

Federation: a `client.following.Following` with a client of the other data centre's servers says news, and
`federate(now, dc, news)` makes them true here; `look_over(now, dc, parts)` now and then. `Settings(federated=...)`
names the data centres; what is of others that a snapshot or a store holds goes.

## What an edge of the client does

    client = Client(options, now=now, entropy=os.urandom, saved=bytes or None)
    client.connected(now); client.received(now, data); client.disconnected(now)
    client.tick(now)                                        # at `client.due()`, and every 0.5 s in any case
    client.provide(now, uid, offer); client.withdraw(now, uid, wait=)
    client.require(now, name, want); client.unrequire(now, name)
    client.leave(now, wait=); client.ask(now, command, arguments)
    client.drain() -> list[Write | Connect | Disconnect | Changed | Answered | Failed]
    client.saved()                                          # for the next process: it holds the session's secret

`Connect(at)` asks for a connection at that time (jitter included). `Changed` carries a whole set, never an event:
whoever acts on it compares it with the last one that it acted on successfully. Store it before what follows it in the
list is written: the acknowledgement may be among that."""
