# Late gossip of an older epoch does not flip the master back.
world nodes=3 clients=2 writes=5ms
start
await 1s settled
advance 500ms
kill a
await 50ms master b
start a
await 2s settled
mark
gossip b master a 1
gossip c master a 1
gossip a master a 1
advance 500ms
expect master b
expect promotions 0
expect A writes
