# The writable window is inside one packet; a replica that somebody left writable is closed again, and
# nobody is promoted for that.
world nodes=3 clients=4 writes=5ms
start
await 1s settled
mark
writable b
writable c
await 1s b read_only
await 1s c read_only
await 1s settled
expect promotions 0
