# Five nodes, three of them dead: two of five elect nobody. Service returns with the third.
world nodes=5 clients=2 writes=5ms down_after=300ms
start
await 1s settled
advance 500ms
mark
kill a
kill b
kill c
advance 5s
expect promotions 0
expect master none

start b
await 1s A writes
expect promotions 1
