# A replica that is not in the list would be counted by WAIT: no durable writes while it is there.
world nodes=3 clients=1 writes=5ms durable
start
await 2s settled
expect A durable
strangers a 1
await 2s A not_durable
advance 100ms
mark
advance 1s
expect A silent
strangers a 0
await 2s A durable
await 1s A writes
