# The master is killed and comes back with nothing, faster than anybody redials. It starts sealed, is
# no master until elected, and the data of the others survives.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 500ms
mark
kill a
start a empty
await 100ms master b
expect promotions 1
await 2s settled
expect durable_lost 0
expect a follows b
