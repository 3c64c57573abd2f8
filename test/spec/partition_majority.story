# A client alone on its side, and the master with everybody else: nobody is elected.
world nodes=3 clients=3 writes=5ms down_after=300ms
start
await 1s settled
advance 1s
mark
cut A a,b,c
advance 5s
expect promotions 0
expect A pause no_quorum
expect B writes
expect C writes
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
   127 (A) warning: invalid master count: 0
   127 (A) info: attempting failover!
   127 (A) info: my failover id: <id 1>
   127 (B) warning: invalid master count: 0
   127 (B) info: attempting failover!
   127 (B) info: my failover id: <id 2>
   127 (C) warning: invalid master count: 0
   127 (C) info: attempting failover!
   127 (C) info: my failover id: <id 3>
   127 (B) info: failover already in progress: <id 1>
   127 (B) info: giving up: another client has the lock
   127 (C) info: failover already in progress: <id 1>
   127 (C) info: giving up: another client has the lock
   127 (A) info: lock was a success!
   127 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   128 (A) debug: defaulting to master as subSlave
   128 (A) info: ready, using a as master
   128 (A) info: publishing gossip:master for a
   128 (A) info: making b into a slave...
   128 (A) info: making c into a slave...
   128 (B) info: gossip said a was promoted!
   128 (C) info: gossip said a was promoted!
   128 (B) debug: defaulting to master as subSlave
   128 (B) info: ready, using a as master
   128 (C) debug: defaulting to master as subSlave
   128 (C) info: ready, using a as master
   128 (A) info: b is slave
   128 (A) info: c is slave
   150 (A) info: renegotating subSlave away from master
   150 (A) info: subSlave is now b
   158 (B) info: renegotating subSlave away from master
   158 (B) info: subSlave is now c
   158 (C) info: renegotating subSlave away from master
   158 (C) info: subSlave is now c
  1269 (A) warning: cut off from the majority: holding writes
  1269 (A) tells: fewer than 2 nodes heard for 90 ms
  1391 (A) info: b is down (silent)
  1391 (A) info: subSlave went down, renegotiated to c
  1391 (A) info: c is down (silent)
  1391 (A) info: defaulting to master as subSlave
  1391 (A) warning: MASTER is down! (a)
  1391 (A) info: orientating (silent, 0/3 nodes up) ...
  1391 (A) tells: a: silent
  1448 (A) warning: refusing to orientate without a majority up!

heal
await 2s settled
expect promotions 0
expect master a
----
  6149 (A) info: a is up
  6149 (A) info: c is up
  6149 (A) info: b is up
  6149 (A) info: gossip said a was promoted!
  6149 (A) info: renegotating subSlave away from master
  6149 (A) info: subSlave is now c
  6149 (A) info: ready, using a as master
a: master, epoch 1, 2633 keys
b: replica of a, linked, epoch 1, 2633 keys
c: replica of a, linked, epoch 1, 2633 keys
A: ready, uses a, epoch 1
B: ready, uses a, epoch 1
C: ready, uses a, epoch 1
