# During a deployment one client lists three of the five nodes. It routes, but neither coordinates nor
# acknowledges durable writes; the five-node clients decide.
world nodes=5 clients=3 writes=5ms durable
list C 3
start
await 2s settled
advance 500ms
expect C not_durable
expect A durable
mark
kill a
await 100ms A master b
expect promotions 1
await 2s C master b
expect C not_durable
expect C silent
await 1s settled
