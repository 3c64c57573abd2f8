# The one whose turn it is dies together with the master: of the others the first to lose its patience
# takes over, within milliseconds.
world nodes=3 clients=8 writes=20ms
start
await 2s settled
advance 1s
mark
kill A
kill a
await 60ms master b
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
     0 (D) info: a is up
     0 (D) info: b is up
     0 (D) info: c is up
     0 (E) info: a is up
     0 (E) info: b is up
     0 (E) info: c is up
     0 (F) info: a is up
     0 (F) info: b is up
     0 (F) info: c is up
     0 (G) info: a is up
     0 (G) info: b is up
     0 (G) info: c is up
     0 (H) info: a is up
     0 (H) info: b is up
     0 (H) info: c is up
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
   500 (E) warning: invalid master count: 0
   500 (E) info: attempting failover!
   500 (E) info: my failover id: <id 5>
   500 (F) warning: invalid master count: 0
   500 (F) info: attempting failover!
   500 (F) info: my failover id: <id 6>
   500 (G) warning: invalid master count: 0
   500 (G) info: attempting failover!
   500 (G) info: my failover id: <id 7>
   500 (H) warning: invalid master count: 0
   500 (H) info: attempting failover!
   500 (H) info: my failover id: <id 8>
   500 (B) info: failover already in progress: <id 1>
   500 (B) info: giving up: another client has the lock
   500 (C) info: failover already in progress: <id 1>
   500 (C) info: giving up: another client has the lock
   500 (D) info: failover already in progress: <id 1>
   500 (D) info: giving up: another client has the lock
   500 (E) info: failover already in progress: <id 1>
   500 (E) info: giving up: another client has the lock
   500 (F) info: failover already in progress: <id 1>
   500 (F) info: giving up: another client has the lock
   500 (G) info: failover already in progress: <id 1>
   500 (G) info: giving up: another client has the lock
   500 (H) info: failover already in progress: <id 1>
   500 (H) info: giving up: another client has the lock
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
   501 (E) info: gossip said a was promoted!
   501 (F) info: gossip said a was promoted!
   501 (G) info: gossip said a was promoted!
   501 (H) info: gossip said a was promoted!
   501 (B) debug: defaulting to master as subSlave
   501 (B) info: ready, using a as master
   501 (C) debug: defaulting to master as subSlave
   501 (C) info: ready, using a as master
   501 (D) debug: defaulting to master as subSlave
   501 (D) info: ready, using a as master
   501 (E) debug: defaulting to master as subSlave
   501 (E) info: ready, using a as master
   501 (F) debug: defaulting to master as subSlave
   501 (F) info: ready, using a as master
   501 (G) debug: defaulting to master as subSlave
   501 (G) info: ready, using a as master
   501 (H) debug: defaulting to master as subSlave
   501 (H) info: ready, using a as master
   501 (A) info: b is slave
   501 (A) info: c is slave
   590 (A) info: renegotating subSlave away from master
   590 (A) info: subSlave is now c
   590 (B) info: renegotating subSlave away from master
   590 (B) info: subSlave is now c
   590 (C) info: renegotating subSlave away from master
   590 (C) info: subSlave is now c
   590 (D) info: renegotating subSlave away from master
   590 (D) info: subSlave is now c
   590 (E) info: renegotating subSlave away from master
   590 (E) info: subSlave is now c
   590 (F) info: renegotating subSlave away from master
   590 (F) info: subSlave is now c
   590 (G) info: renegotating subSlave away from master
   590 (G) info: subSlave is now c
   590 (H) info: renegotating subSlave away from master
   590 (H) info: subSlave is now c
  1522 (B) warning: MASTER is down! (a)
  1522 (B) info: orientating (connection lost, 2/3 nodes up) ...
  1522 (B) tells: a: connection lost
  1522 (C) warning: MASTER is down! (a)
  1522 (C) info: orientating (connection lost, 2/3 nodes up) ...
  1522 (C) tells: a: connection lost
  1522 (D) warning: MASTER is down! (a)
  1522 (D) info: orientating (connection lost, 2/3 nodes up) ...
  1522 (D) tells: a: connection lost
  1522 (E) warning: MASTER is down! (a)
  1522 (E) info: orientating (connection lost, 2/3 nodes up) ...
  1522 (E) tells: a: connection lost
  1522 (F) warning: MASTER is down! (a)
  1522 (F) info: orientating (connection lost, 2/3 nodes up) ...
  1522 (F) tells: a: connection lost
  1522 (G) warning: MASTER is down! (a)
  1522 (G) info: orientating (connection lost, 2/3 nodes up) ...
  1522 (G) tells: a: connection lost
  1522 (H) warning: MASTER is down! (a)
  1522 (H) info: orientating (connection lost, 2/3 nodes up) ...
  1522 (H) tells: a: connection lost
  1522 (B) info: a is down (refused)
  1522 (C) info: a is down (refused)
  1522 (D) info: a is down (refused)
  1522 (E) info: a is down (refused)
  1522 (F) info: a is down (refused)
  1522 (G) info: a is down (refused)
  1522 (H) info: a is down (refused)
  1527 (H) warning: invalid master count: 0
  1527 (H) info: attempting failover!
  1527 (H) info: my failover id: <id 9>
  1527 (H) info: lock was a success!
  1528 (H) info: b had highest opcounter (412) of 2 nodes. congrats!
  1528 (H) debug: still using c as subSlave
  1528 (H) info: ready, using b as master
  1528 (H) info: publishing gossip:master for b
  1528 (H) info: making c into a slave...
  1528 (B) info: gossip said b was promoted!
  1528 (C) info: gossip said b was promoted!
  1528 (D) info: gossip said b was promoted!
  1528 (E) info: gossip said b was promoted!
  1528 (F) info: gossip said b was promoted!
  1528 (G) info: gossip said b was promoted!
  1528 (B) debug: still using c as subSlave
  1528 (B) info: ready, using b as master
  1528 (C) debug: still using c as subSlave
  1528 (C) info: ready, using b as master
  1528 (D) debug: still using c as subSlave
  1528 (D) info: ready, using b as master
  1528 (E) debug: still using c as subSlave
  1528 (E) info: ready, using b as master
  1528 (F) debug: still using c as subSlave
  1528 (F) info: ready, using b as master
  1528 (G) debug: still using c as subSlave
  1528 (G) info: ready, using b as master
  1528 (H) info: c is slave
a: down
b: master, epoch 2, 412 keys
c: replica of b, linked, epoch 2, 412 keys
A: dead
B: ready, uses b, epoch 2
C: ready, uses b, epoch 2
D: ready, uses b, epoch 2
E: ready, uses b, epoch 2
F: ready, uses b, epoch 2
G: ready, uses b, epoch 2
H: ready, uses b, epoch 2
