# A client that reaches one node of three does not lock it again and again.
world nodes=3 clients=2 writes=5ms down_after=300ms
start
await 1s settled
advance 500ms
cut A a,c
advance 5s
expect b unlocked
expect B writes
expect promotions 1
kill a
await 1s B master b
