"""Discovery: who provides what, where, told to whoever requires it. Everything named here does no I/O.

| package | what it is |
|---|---|
| `values`, `settings`, `effects`, `problems` | what is spoken of; limits and times; what an edge is asked to do;
refusals |
| `wire` | bytes <-> lines <-> commands, and the JSON shapes of v0 and v1 |
| `registry` | provisions by id and key, filters, groups, the ring of changes, damping |
| `sessions` | tokens and scopes, the expiry budget, time without our own pauses, timers |
| `core` | the server's state machine, `core.disco.Disco` |
| `client` | the client's state machine, `client.client.Client` |

Edges (asyncio server and client, HTTP, DNS, stores, federation) are modules of their own beside these, which import
them;
the contract "The pure core does no I/O" in pyproject names the packages above.

## What an edge of the server does

Everything is one object, used by one thread. `now` is monotonic seconds, never going back.

    disco = Disco(settings, now=now, entropy=os.urandom, tokens=tokens, snapshot=bytes or None, wall=time.time())

    disco.connect(now, connection, host, remote)  # a peer was accepted; ids are the edge's own, never used twice
    disco.receive(now, connection, data)       # bytes came
    disco.closed(now, connection)              # FIN, RST or our own timeout: nothing more will come
    disco.blocked(now, connection)             # the transport's buffer is above its high-water mark: stop reading it
    disco.writable(now, connection)            # and below again
    disco.tick(now)                            # at `disco.due()`, and every `settings.times.tick` in any case
    disco.drain() -> list[Effect]              # after each of these: perform in order (`Send`, `Close`, …)

- The edge calls `tick` at least every 0.25 s: a longer gap than a second means that this process was stopped, and no
  deadline counts the time that was lost. After a gap it reads what its sockets hold before it calls `tick`
  (asyncio does so by itself).
- `Send.to` may name a connection that the edge has closed by itself meanwhile: skip it.
- `disco.snapshot(now) -> bytes` whenever `disco.changes` has moved, at most every 2 s: write to a temporary file,
  rename, sync.
- Tokens: `disco.use_tokens(now, tokens)` when the file changed; parsing is `sessions.tokens.parse(text)`.

HTTP, DNS and metrics ask, without a session:

    disco.lookup(query, prefer, dc, zone) -> Answer        # endpoints in order of preference, rev, complete
    disco.changed_at(key) -> int                           # the revision of the last change under it, for caches
    disco.known(names) -> bool                             # does anything lie under environment[, service[, role[,
endpoint]]]
    disco.watch(query) -> GroupId / disco.view(group) / disco.unwatch(group)     # and `Published` when it changed
    disco.status(now), disco.catalog(), disco.listed_sessions(), disco.counters  # plain values

A store for several servers (`Settings.external`): commands become `Propose(ticket, transaction)`; the store's watch
is fed back
by `observe(now, rev, transaction)` for every change in its order, own ones included, then `settle(now, ticket,
problem)`. Sessions
travel as `Keep` and `Forget`; those of other servers come by `know(now, record)` (`server=""`: its server is gone,
give it up
after the grace through the budget) and leave by `forget(now, session)`. `start_at(epoch, rev)` sets what cursors
mean.

Federation is a client of the remote server and, here, an ordinary connection with an `admin` token, which may set
`dc` and
`session`-wide states: `provision.sync` for what is there, `provision.state` with `suspect` while the link is down.

## What an edge of the client does

    client = Client(options, now=now, entropy=os.urandom, saved=bytes or None)
    client.connected(now) / client.received(now, data) / client.disconnected(now) / client.tick(now)
    client.provide(now, offer) / client.withdraw(now, uid, wait) / client.require(now, name, want) / client.leave(now)
    client.drain() -> list[Write | Connect | Disconnect | Changed | Answered | Failed]
    client.due(), client.saved()

`Connect(at)` asks for a connection at that time (jitter included); `Changed` carries a whole set, never an event:
whoever acts on it
compares it with the last one it acted on successfully.
"""
