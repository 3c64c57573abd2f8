# Two of three are gone for good: no majority, no promotion. A person decides; writes still wait for
# a majority of nodes, for that is what the fence asks for.
world nodes=3 clients=1 writes=5ms durable
start
await 2s settled
advance 500ms
kill a
kill b
advance 5s
expect master none
expect promotions 1

takeover A c
await 100ms A done ok
expect promotions 2
expect A epoch 2
expect A pause no_quorum

start b empty
await 3s b follows c
await 1s settled
await 1s A writes
