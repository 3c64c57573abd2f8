# Somebody made a replica a master by hand. It was never elected: it is made a slave again.
world nodes=3 clients=2 writes=5ms
start
await 1s settled
advance 500ms
mark
replicaof_nobody b
await 500ms b replica
await 2s settled
expect master a
expect promotions 0
