# An old master dies with writes of its own, which its file keeps, and comes back when another one was
# elected: sealed, no master, and its writes are told all the same before it follows.
world nodes=3 clients=3 writes=5ms down_after=1000ms
start
await 1s settled
advance 1s
mark
cut a,A b,c,B,C
await 3s B master b
kill a
advance 200ms
heal
start a kept
await 5s settled
expect promotions 1
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
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (B) warning: invalid master count: 0
   500 (B) info: attempting failover!
   500 (B) info: my failover id: <id 2>
   500 (C) warning: invalid master count: 0
   500 (C) info: attempting failover!
   500 (C) info: my failover id: <id 3>
   500 (B) info: failover already in progress: <id 1>
   500 (B) info: giving up: another client has the lock
   500 (C) info: failover already in progress: <id 1>
   500 (C) info: giving up: another client has the lock
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (B) info: gossip said a was promoted!
   501 (C) info: gossip said a was promoted!
   501 (B) debug: defaulting to master as subSlave
   501 (B) info: ready, using a as master
   501 (C) debug: defaulting to master as subSlave
   501 (C) info: ready, using a as master
   501 (A) info: b is slave
   501 (A) info: c is slave
   581 (A) info: renegotating subSlave away from master
   581 (A) info: subSlave is now c
   581 (B) info: renegotating subSlave away from master
   581 (B) info: subSlave is now c
   581 (C) info: renegotating subSlave away from master
   581 (C) info: subSlave is now c
  1907 (A) warning: cut off from the majority: holding writes
  1907 (A) tells: fewer than 2 nodes heard for 300 ms
  2106 (A) info: defaulting to master as subSlave
  2332 (A) info: b is down (silent)
  2332 (A) info: c is down (silent)
  2515 (B) warning: MASTER is down! (a)
  2515 (B) info: orientating (silent, 2/3 nodes up) ...
  2515 (B) tells: a: silent
  2520 (C) warning: MASTER is down! (a)
  2520 (C) info: orientating (silent, 2/3 nodes up) ...
  2520 (C) tells: a: silent
  2521 (B) warning: invalid master count: 0
  2521 (B) info: attempting failover!
  2521 (B) info: my failover id: <id 4>
  2521 (B) info: lock was a success!
  2523 (B) info: b had highest opcounter (614) of 2 nodes. congrats!
  2524 (B) debug: still using c as subSlave
  2524 (B) info: ready, using b as master
  2524 (B) info: publishing gossip:master for b
  2524 (B) info: making c into a slave...
  2524 (A) warning: MASTER is down! (a)
  2524 (A) info: orientating (connection lost, 0/3 nodes up) ...
  2524 (A) tells: a: connection lost
  2524 (C) info: gossip said b was promoted!
  2524 (A) info: a is down (refused)
  2524 (A) warning: refusing to orientate without a majority up!
  2524 (C) debug: still using c as subSlave
  2524 (C) info: ready, using b as master
  2524 (B) info: c is slave
  2724 (A) info: b is up
  2724 (A) info: subSlave went down, renegotiated to b
  2724 (A) info: c is up
  2724 (B) info: a is up
  2724 (C) info: a is up
  2724 (A) debug: defaulting to master as subSlave
  2724 (A) info: ready, using b as master
  2724 (B) warning: a has 57 writes that nobody else has
  2724 (B) tells: a has 57 writes that nobody else has: they are dropped
  2724 (B) info: making a into a slave...
  2724 (C) warning: a has 57 writes that nobody else has
  2724 (C) tells: a has 57 writes that nobody else has: they are dropped
  2724 (C) info: making a into a slave...
  2724 (C) debug: giving up: another client has the lock
  2724 (B) info: a is slave
  2750 (A) info: a majority is there again: writing
a: replica of b, linked, epoch 2, 701 keys
b: master, epoch 2, 701 keys
c: replica of b, linked, epoch 2, 701 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
C: ready, uses b, epoch 2
