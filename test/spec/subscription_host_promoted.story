# The node that carries the subscriptions is promoted: they move off it, and the client is ready.
world nodes=3 clients=1 writes=5ms
priority c 50
start
await 1s settled
advance 500ms
expect A sub c
kill a
await 50ms master c
expect A sub b
