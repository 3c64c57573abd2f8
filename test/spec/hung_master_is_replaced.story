# SIGSTOP: nothing is reset, only a deadline tells. The gap is down_after and a few milliseconds.
world nodes=3 clients=2 writes=5ms down_after=1000ms
start
await 1s settled
advance 2s

mark
stop a
advance 900ms
expect promotions 0

await 300ms master b
expect promotions 1
expect A gap < 1100ms
advance 50ms
expect c follows b
