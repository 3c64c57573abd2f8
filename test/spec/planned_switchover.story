# Planned: no clock is trusted, no command fails, nothing is lost.
world nodes=3 clients=2 writes=1ms
start
await 1s settled
advance 1s

mark
switchover A c
await 50ms master c
expect A done ok
expect promotions 1
expect full_syncs 0
expect A gap < 12ms
expect B gap < 12ms
await 1s settled
expect lost 0

# And back, to whoever is best.
advance 1s
mark
switchover B
await 50ms B done ok
await 1s settled
expect promotions 1
expect lost 0
