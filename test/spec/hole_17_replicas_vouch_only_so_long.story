# The master feeds its replicas but no client can use it any more (maxclients, ACL). The replicas
# vouch for a while, then somebody else is elected.
world nodes=3 clients=2 writes=5ms down_after=300ms
start
await 1s settled
advance 500ms
mark
refuses_us a
kick a
advance 250ms
expect promotions 0
await 5s master b
expect promotions 1
await 1s A writes
