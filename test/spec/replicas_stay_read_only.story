# replica-read-only is never turned off but inside our own packets; a replica that was left writable
# by somebody is mended.
world nodes=3 clients=2 writes=5ms
start
await 1s settled
writable b
await 1s b read_only
await 1s settled
expect promotions 1
