# The promotion waits in the socket of a stopped node while the lock expires and others elect. When
# the node goes on, EXEC finds its WATCH broken.
world nodes=3 clients=2 writes=5ms durable down_after=300ms
start
await 2s settled
advance 500ms
mark
when b before promote: stop b
kill a
advance 1s
start a
advance 5s

continue b
await 5s settled
expect durable_lost 0
