# FLUSHALL takes the group record and the keys of ours away. Whoever notices writes them back.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 1s
mark
flushall a
await 1s settled
expect master a
expect promotions 0
expect a starts_sealed
expect A durable
advance 500ms
expect durable_lost 0

# And it was really put back: a failover finds its way.
kill a
await 50ms master b
expect durable_lost 0
