# A client sleeps for less than it discounts, and meanwhile a cut of others heals. What came to the
# sleeper's own sockets is there and read when it wakes: no TCP has to send it once more, so nobody
# is silent (a fault of the simulation, seed 701546).
world nodes=3 clients=2 down_after=100ms retransmit=2s
start
await 2s settled
advance 500ms
cut A b
advance 5ms
when B after look: sleep B
refresh B
advance 45ms
heal
advance 5ms
wake B
advance 100ms
expect B master a
expect promotions 1
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
    47 (A) warning: invalid master count: 0
    47 (A) info: attempting failover!
    47 (A) info: my failover id: <id 1>
    47 (B) warning: invalid master count: 0
    47 (B) info: attempting failover!
    47 (B) info: my failover id: <id 2>
    47 (B) info: failover already in progress: <id 1>
    47 (B) info: giving up: another client has the lock
    47 (A) info: lock was a success!
    47 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
    48 (A) debug: defaulting to master as subSlave
    48 (A) info: ready, using a as master
    48 (A) info: publishing gossip:master for a
    48 (A) info: making b into a slave...
    48 (A) info: making c into a slave...
    48 (B) info: gossip said a was promoted!
    48 (B) debug: defaulting to master as subSlave
    48 (B) info: ready, using a as master
    48 (A) info: b is slave
    48 (A) info: c is slave
    68 (B) info: renegotating subSlave away from master
    68 (B) info: subSlave is now b
    70 (A) info: renegotating subSlave away from master
    70 (A) info: subSlave is now b
   574 now: sleep B
   622 (A) info: subSlave b hears nothing
   622 (A) info: subSlave is now c
   624 (B) done, ok: 3 of 3 nodes answered
   660 (A) info: b is down (silent)
   660 (A) info: b is up
a: master, epoch 1, 0 keys
b: replica of a, linked, epoch 1, 0 keys
c: replica of a, linked, epoch 1, 0 keys
A: ready, uses a, epoch 1
B: ready, uses a, epoch 1
