# A sealed node follows no server at all (port 0): it takes nothing from anybody, keeps its data, and
# refuses those who follow it.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
mark
when A after seal: kill A
kill a
advance 100ms
start a empty
advance 10s
expect b sealed
expect a keys 0
expect full_syncs 0
start A
await 10s settled
expect lost 0
