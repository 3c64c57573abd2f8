# The winner of the locks dies with them. They expire by themselves and the other one takes over.
world nodes=3 clients=2 writes=5ms
start
await 1s settled
advance 500ms
mark
when B before seal: kill B
kill a
advance 200ms
expect b locked
expect promotions 0
await 10s A writes
expect promotions 1
