# No client runs. The master restarts empty: plain Redis would now wipe both replicas. It comes up
# sealed instead and refuses them.
world nodes=3 clients=1 writes=5ms durable
start
await 2s settled
advance 500ms
kill A
kill a
start a empty
advance 10s
expect a sealed
start A
await 5s settled
expect durable_lost 0
expect a follows b
