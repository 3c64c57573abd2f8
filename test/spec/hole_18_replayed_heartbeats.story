# A stopped replica goes on and delivers the heartbeats that it had in its socket: they are old, and
# vouch for nobody.
world nodes=3 clients=2 writes=5ms down_after=300ms
start
await 1s settled
advance 500ms
stop b
advance 2s
continue b
stop a
await 1s master b
await 1s A writes
