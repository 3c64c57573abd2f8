# Both see the crash at once. B was first: A's lock is refused; it leaves B's locks alone, though B
# falls asleep with them, and waits. Only after twice their time are they removed by A.
world nodes=3 clients=2 writes=5ms
start
await 1s settled
advance 500ms
mark
when B before seal: sleep B
kill a
advance 100ms
expect b locked
expect c locked
expect promotions 0
expect master none

# B goes on in time: its locks are still its own.
wake B
await 50ms master b
expect promotions 1
await 100ms b unlocked
expect c unlocked
