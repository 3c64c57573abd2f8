# The coordinator sleeps after ranking until its locks have expired and another one has elected. Its
# promotion is refused: the guard was read before it slept, and the lock has gone since.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 500ms
mark
when B before promote: sleep B
kill a
advance 15s
expect A writes
expect promotions 1

wake B
await 2s settled
expect promotions 1
expect durable_lost 0
