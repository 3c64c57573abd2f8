# Both replicas are away for so long that the master drops its backlog and changes its replication
# id. That history cannot be compared by offset any more: it gets a new epoch.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
kill b
kill c
advance 100ms
no_backlog a
start b c
await 5s settled
expect A master a
expect lost 0
