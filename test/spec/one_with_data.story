# Exactly one server has data: it is the master.
world nodes=3 clients=2
data c 7
start
await 1s settled
expect master c
expect c keys 7
expect a keys 7
