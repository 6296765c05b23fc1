"""etcd as the store that several disco servers share, by way of its JSON gateway (3.4 and later).

What is provided and which sessions there are lies in etcd without leases: nothing goes because etcd was away. Only a
server's presence has one. Neither watches nor leases are believed: a server's heartbeat has to come back through its
own watch, and every minute what is in memory is compared with what is in etcd.

| module | what it is |
|---|---|
| `cluster`, `gateway` | where etcd is and who we are to it; calls and watches, with another member when one fails |
| `layout` | keys and values, and what etcd's JSON says |
| `mirror` | the watch's events and what was read, told to the core |
| `merging`, `committing` | what the core proposes, made transactions that others cannot have overtaken |
| `presence` | our heartbeat, who is alive, who is the janitor |
| `reading` | all there is at one revision, and the comparison |
| `store` | the edge: all of it together |
"""
