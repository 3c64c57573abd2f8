# The coordinator sleeps in the middle of a planned switchover until the pause is long over and the
# others have moved on. What it does on waking is refused by the guard.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 500ms
mark
when A before seal: sleep A
switchover A c
advance 3s
expect B writes
expect B master a
expect promotions 0

wake A
await 5s settled
expect durable_lost 0

mark
when A before promote: sleep A
switchover A
advance 20s
expect B writes
mark
wake A
await 5s settled
expect durable_lost 0
