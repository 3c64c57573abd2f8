# The node that carries the subscriptions loses its stream for a moment, and the master's backlog does not
# reach back far enough: its data is copied anew, so soon that no heartbeat is missing. What was published
# meanwhile is told to nobody there; the next look at it shows that, and everybody is told (invariant 13).
world nodes=3 clients=2 writes=500us sync=2ms subscribers
start
await 2s settled
advance 2s
expect A sub c
expect B sub c
mark
backlog a 10
reset a c
await 100ms full_syncs 1
await 100ms c linked
expect gaps 0
await 7s gaps 2
peace
settle 10s
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (B) warning: invalid master count: 0
   500 (B) info: attempting failover!
   500 (B) info: my failover id: <id 2>
   500 (B) info: failover already in progress: <id 1>
   500 (B) info: giving up: another client has the lock
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (B) info: gossip said a was promoted!
   501 (B) debug: defaulting to master as subSlave
   501 (B) info: ready, using a as master
   501 (A) info: b is slave
   501 (A) info: c is slave
   576 (A) info: renegotating subSlave away from master
   576 (A) info: subSlave is now c
   576 (B) info: renegotating subSlave away from master
   576 (B) info: subSlave is now c
a: master, epoch 1, 23239 keys
b: replica of a, linked, epoch 1, 23238 keys
c: replica of a, linked, epoch 1, 23238 keys
A: ready, uses a, epoch 1
B: ready, uses a, epoch 1
