# Five nodes and a quorum of two: two may elect, so four must hold a durable write, for acknowledgement
# and election to meet.
world nodes=5 clients=1 writes=5ms durable quorum=2
start
await 2s settled
advance 500ms
expect A acks 3
cut b a
cut c a
advance 50ms
mark
advance 500ms
expect A silent
kill a
heal
await 5s A writes
expect durable_lost 0
