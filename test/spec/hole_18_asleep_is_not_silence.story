# The client process slept for longer than down_after. On waking it throws its evidence away and asks
# again: nobody is deposed.
world nodes=3 clients=1 writes=5ms down_after=300ms
start
await 1s settled
advance 500ms
mark
sleep A
advance 2s
wake A
advance 2s
expect promotions 0
expect A writes
