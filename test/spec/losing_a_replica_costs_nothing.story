# Killed or stopped, a replica disturbs no command.
world nodes=3 clients=2 writes=1ms down_after=300ms
start
await 1s settled
advance 500ms
mark
kill b
advance 1s
expect A gap < 5ms
expect B gap < 5ms
expect promotions 0
start b
await 2s settled
mark
stop c
advance 2s
expect A gap < 5ms
expect B gap < 5ms
continue c
await 1s settled
expect promotions 0
