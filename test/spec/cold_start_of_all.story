# The whole data centre restarts. Everybody comes up sealed; with all of them there, rank decides.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 1s
kill a
kill b
kill c
advance 500ms
start b c
advance 1s
expect master none

start a
await 1s settled
advance 100ms
expect durable_lost 0
expect A writes
