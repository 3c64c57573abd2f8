# The stopped master goes on: what waited in its socket runs, then it is made a slave at once and its
# clients are closed, so that idle writers and subscribers notice.
world nodes=3 clients=2 writes=5ms down_after=100ms
start
await 1s settled
advance 1s
stop a
await 500ms master b
advance 200ms
expect A writes

mark
continue a
await 100ms a replica
await 1s settled
expect master b
expect promotions 0
