# b is promoted under 2 and dies before anybody follows it; c, which had promised 2, restarts and
# forgets. The old master and c elect again, later b returns: two epochs can be compared, always.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
mark
when b after promote: kill b
kill a
advance 50ms
kill c
start c
start a
await 10s A writes
start b
await 5s settled
expect lost 0
