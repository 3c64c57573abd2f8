# The writable window is inside one packet; a replica that somebody left writable is closed again, and
# nobody is promoted for that.
world nodes=3 clients=4 writes=5ms
start
await 1s settled
mark
writable b
writable c
await 1s b read_only
await 1s c read_only
await 1s settled
expect promotions 0
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
     0 (C) info: a is up
     0 (C) info: b is up
     0 (C) info: c is up
     0 (D) info: a is up
     0 (D) info: b is up
     0 (D) info: c is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (B) warning: invalid master count: 0
   500 (B) info: attempting failover!
   500 (B) info: my failover id: <id 2>
   500 (C) warning: invalid master count: 0
   500 (C) info: attempting failover!
   500 (C) info: my failover id: <id 3>
   500 (D) warning: invalid master count: 0
   500 (D) info: attempting failover!
   500 (D) info: my failover id: <id 4>
   500 (B) info: failover already in progress: <id 1>
   500 (B) info: giving up: another client has the lock
   500 (C) info: failover already in progress: <id 1>
   500 (C) info: giving up: another client has the lock
   500 (D) info: failover already in progress: <id 1>
   500 (D) info: giving up: another client has the lock
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (B) info: gossip said a was promoted!
   501 (C) info: gossip said a was promoted!
   501 (D) info: gossip said a was promoted!
   501 (B) debug: defaulting to master as subSlave
   501 (B) info: ready, using a as master
   501 (C) debug: defaulting to master as subSlave
   501 (C) info: ready, using a as master
   501 (D) debug: defaulting to master as subSlave
   501 (D) info: ready, using a as master
   501 (A) info: b is slave
   501 (A) info: c is slave
   588 (A) info: renegotating subSlave away from master
   588 (A) info: subSlave is now c
   588 (B) info: renegotating subSlave away from master
   588 (B) info: subSlave is now c
   588 (C) info: renegotating subSlave away from master
   588 (C) info: subSlave is now c
   588 (D) info: renegotating subSlave away from master
   588 (D) info: subSlave is now c
   600 (A) info: making b into a slave...
   600 (A) info: b is slave
   600 (A) info: making c into a slave...
   601 (A) info: c is slave
a: master, epoch 1, 79 keys
b: replica of a, linked, epoch 1, 79 keys
c: replica of a, linked, epoch 1, 79 keys
A: ready, uses a, epoch 1
B: ready, uses a, epoch 1
C: ready, uses a, epoch 1
D: ready, uses a, epoch 1
