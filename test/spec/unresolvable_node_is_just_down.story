# A node that this client can never reach is just a node that is down.
world nodes=5 clients=2 writes=5ms
start
await 1s settled
cut A e
advance 3s
mark
kill a
await 50ms master b
expect promotions 1
await 50ms A writes
