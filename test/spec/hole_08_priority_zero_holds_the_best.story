# c has priority 0 and is the only one that holds the last durable writes. It counts: it is not
# passed over for a node that lacks them.
world nodes=3 clients=1 writes=5ms durable
priority c 0
start
await 2s settled
advance 500ms
cut b a
advance 50ms
kill a
heal
await 5s A writes
expect durable_lost 0
