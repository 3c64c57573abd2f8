# A stopped replica answers nothing. Every step has a deadline: the election goes on without it.
world nodes=3 clients=2 writes=5ms down_after=300ms
start
await 1s settled
advance 500ms
stop b
advance 2s
mark
kill a
await 1s A pause no_master
expect promotions 0

# Only c is left of three: no majority. With b awake again there is one.
advance 1s
expect promotions 0
continue b
await 1s settled
expect promotions 1
