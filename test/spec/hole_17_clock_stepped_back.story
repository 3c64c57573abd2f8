# The owner of the locks is dead, and the clock of a node was set back by an hour: the lock there
# would live for an hour. The same value for twice its time, on the observer's own clock, is removed.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
lock b 7 5s
lock c 7 5s
clock b -1h
clock c -1h
kill a
advance 1s
expect promotions 1
await 60s A writes
expect promotions 2
