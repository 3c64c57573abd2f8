# A client alone on its side, and the master with everybody else: nobody is elected.
world nodes=3 clients=3 writes=5ms down_after=300ms
start
await 1s settled
advance 1s
mark
cut A a,b,c
advance 5s
expect promotions 0
expect A pause no_quorum
expect B writes
expect C writes

heal
await 2s settled
expect promotions 0
expect master a
