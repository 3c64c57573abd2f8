# FLUSHALL by a stranger, and the counter starts again from zero: the replica with the newest data has
# a small opcounter, the lagging one a large one. Inside one history only the offset counts.
world nodes=3 clients=1 writes=5ms durable
start
await 2s settled
advance 500ms
cut b a
advance 50ms
flushall a
advance 20ms
kill a
heal
await 5s A writes
expect durable_lost 0
expect A master c
