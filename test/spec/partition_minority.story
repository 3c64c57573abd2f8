# The master and one client are cut off from the rest. The client stops writing after fence_ms, the
# others elect after down_after_ms. What async replication loses is bounded by the fence.
world nodes=3 clients=3 writes=5ms down_after=1000ms
start
await 1s settled
advance 1s
mark
cut a,A b,c,B,C
advance 340ms
expect A pause no_quorum
expect promotions 0

await 1s B master b
await 50ms C master b
expect A pause no_quorum
expect promotions 1
mark
advance 5s
expect A silent
expect B writes

heal
await 300ms a replica
await 2s settled
expect promotions 0
expect A master b
