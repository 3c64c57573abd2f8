# The coordinator of a planned switchover dies right behind the promotion; nobody was told. The old
# master is sealed since before it, so no durable write can be acknowledged there any more.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 500ms
mark
when A after promote: kill A
switchover A c
await 3s B writes
await 5s settled
expect durable_lost 0

# Variant: it dies between the seal of the master and the promotion.
start A
advance 1s
mark
when A before promote: kill A
switchover A
advance 50ms
await 20s B writes
await 10s settled
expect durable_lost 0
