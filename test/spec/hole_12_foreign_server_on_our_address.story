# The address of c now belongs to a Redis of somebody else, with data of its own. It is left alone.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
kill c
foreign c 42
advance 5s
expect c keys 42
expect c master
expect A writes
expect promotions 1
