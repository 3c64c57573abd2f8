# The master and one client are cut off; b is elected. c restarts at any time: it comes up sealed,
# not attached to the deposed master, whose WAIT can never succeed again.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 500ms
cut a,A b,c,B
await 2s B master b
advance 200ms
kill c
heal c a
start c
advance 1ms
expect c sealed
mark
advance 2s
expect A silent
expect B writes
heal
await 3s settled
expect master b
expect durable_lost 0
