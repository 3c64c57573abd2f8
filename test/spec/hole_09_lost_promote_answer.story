# The promotion is carried out, its answer is lost. That attempt is over: nobody else is promoted
# under its epoch, and the next attempt has a new one.
world nodes=3 clients=1 writes=5ms durable down_after=300ms
start
await 2s settled
advance 500ms
mark
when b before promote: cut b > A
kill a
advance 1s
expect promotions 1
heal
await 5s settled
expect durable_lost 0
await 1s A writes
