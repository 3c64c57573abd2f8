# A client that has just started sees the flushed master: its epoch is gone. It does not depose it for
# an older one; those who know write the record back.
world nodes=3 clients=2 writes=5ms durable
start a b c A
await 2s settled
advance 500ms
kill a
await 1s A master b
advance 100ms
mark
flushall b
start B
advance 5ms
start a
await 3s settled
expect master b
expect promotions 0
expect durable_lost 0
