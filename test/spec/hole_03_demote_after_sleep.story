# A reads that the old master is back, and sleeps before making it a slave. Meanwhile a person
# switches to that very node. The late FOLLOW must not make it follow its own replica.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 500ms
kill a
await 100ms master b
cut B a
when A before follow: sleep A
start a
advance 20ms
heal
await 5s settled
switchover B a
await 1s B master a
advance 1s
mark
wake A
await 2s settled
expect master a
expect promotions 0
expect durable_lost 0
