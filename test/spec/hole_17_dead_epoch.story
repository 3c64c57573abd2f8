# b was promoted under 2 and died before it could tell anybody. The others are of 1: they are not
# excluded for that, the highest among those sealed counts.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
mark
when b after promote: kill b
kill a
advance 100ms
start a
await 10s A writes
await 5s settled
