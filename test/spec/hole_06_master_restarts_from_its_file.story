# The master comes back from an append-only file that ends a little early, so fast that no dial was
# refused: same data set as far as anybody can count. It is no master: its run id is another one.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
save a
advance 300ms
mark
kill a
start a rebased_older
await 1s master b
expect promotions 1
await 3s settled
expect durable_lost 0
expect a follows b
