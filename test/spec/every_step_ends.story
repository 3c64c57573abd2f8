# The node's answer to each step of a takeover is lost in turn. Every step has a deadline: the attempt
# ends and says so, and the next one succeeds when the node can be heard again.
world nodes=3 clients=1 writes=5ms down_after=300ms
start
await 1s settled
advance 500ms
when b before lock: cut b > A
kill a
advance 1s
expect master none
heal
await 2s A writes
expect promotions 2

start a
await 3s settled
mark
when b before guard: cut b > A
kill c
kill b
start b
start c
advance 1s
heal
await 3s settled
