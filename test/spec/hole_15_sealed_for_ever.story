# The master hangs; the coordinator seals one replica, dies, and the master goes on. Nobody suspects
# it: whoever sees the seal without a lock makes it a slave again.
world nodes=3 clients=2 writes=5ms down_after=300ms
start
await 1s settled
advance 500ms
cut B a
when A before seal: kill A
stop a
await 2s b locked
advance 50ms
continue a
heal
await 20s settled
await 1s B writes

# A replica that still follows the demoted one is pointed to the master.
start A
await 1s A writes
kill a
await 1s master b
start a
await 3s settled
replicaof c a
await 3s c follows b
await 1s settled
