# The elected node is restarted empty within milliseconds, before the others follow it. It is no
# master any more: it starts sealed, and nobody is told to follow an empty server.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 500ms
mark
when b after promote: kill b
when c after seal: start a
kill a
advance 50ms
start b empty
await 10s settled
expect durable_lost 0
await 1s A writes
