# The master cannot take a lock, for it is full; then it hangs. Its replicas can be locked.
world nodes=3 clients=1 writes=5ms down_after=300ms
start
await 1s settled
advance 500ms
full a
advance 200ms
stop a
await 2s A master b
not_full a
continue a
await 2s settled
