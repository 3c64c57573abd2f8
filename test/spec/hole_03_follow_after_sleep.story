# Five nodes. The coordinator sleeps right after promoting; others elect again. When it wakes it still
# wants to point nodes to its own master: refused, they have promised more.
world nodes=5 clients=3 writes=5ms durable down_after=300ms
start
await 2s settled
advance 500ms
mark
when A before follow: sleep A
when B before follow: sleep B
when C before follow: sleep C
kill a
advance 100ms
expect promotions 1

# The new master dies too, and somebody who is awake takes over.
kill b
await 20s settled
mark
wake A
wake B
wake C
await 5s settled
expect durable_lost 0
