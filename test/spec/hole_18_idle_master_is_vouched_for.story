# A client alone is cut from the master. The other one's heartbeats come through the master to the
# replicas, idle as it is: nobody is deposed. When nobody else is there, the replicas alone vouch no
# longer than a few times down_after.
world nodes=3 clients=2 down_after=300ms
start
await 1s settled
advance 1s
mark
cut A a
advance 5s
expect promotions 0
expect B master a

kill B
await 10s A master b
expect promotions 1
heal
await 2s settled
