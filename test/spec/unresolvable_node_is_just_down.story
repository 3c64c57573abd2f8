# A node that this client can never reach is just a node that is down.
world nodes=5 clients=2 writes=5ms
start
await 1s settled
cut A e
advance 3s
mark
kill a
await 50ms master b
expect promotions 1
await 50ms A writes
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (A) info: d is up
     0 (A) info: e is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
     0 (B) info: d is up
     0 (B) info: e is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (B) warning: invalid master count: 0
   500 (B) info: attempting failover!
   500 (B) info: my failover id: <id 2>
   500 (B) info: failover already in progress: <id 1>
   500 (B) info: giving up: another client has the lock
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 5 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: making d into a slave...
   501 (A) info: making e into a slave...
   501 (B) info: gossip said a was promoted!
   501 (B) debug: defaulting to master as subSlave
   501 (B) info: ready, using a as master
   501 (A) info: b is slave
   501 (A) info: c is slave
   501 (A) info: d is slave
   501 (A) info: e is slave
   590 (B) info: renegotating subSlave away from master
   590 (B) info: subSlave is now e
   590 (A) info: renegotating subSlave away from master
   590 (A) info: subSlave is now d
  1501 (A) info: e is down (silent)
  3522 (B) warning: MASTER is down! (a)
  3522 (B) info: orientating (connection lost, 4/5 nodes up) ...
  3522 (B) tells: a: connection lost
  3522 (A) warning: MASTER is down! (a)
  3522 (A) info: orientating (connection lost, 3/5 nodes up) ...
  3522 (A) tells: a: connection lost
  3522 (B) info: a is down (refused)
  3522 (A) info: a is down (refused)
  3522 (A) warning: invalid master count: 0
  3522 (A) info: attempting failover!
  3522 (A) info: my failover id: <id 3>
  3522 (A) info: lock was a success!
  3523 (A) info: b had highest opcounter (1209) of 3 nodes. congrats!
  3523 (A) debug: still using d as subSlave
  3523 (A) info: ready, using b as master
  3523 (A) info: publishing gossip:master for b
  3523 (A) info: making c into a slave...
  3523 (A) info: making d into a slave...
  3523 (B) info: gossip said b was promoted!
  3523 (B) debug: still using e as subSlave
  3523 (B) info: ready, using b as master
  3523 (A) info: c is slave
  3523 (A) info: d is slave
  3528 (B) info: making e into a slave...
  3528 (B) info: e is slave
a: down
b: master, epoch 2, 1210 keys
c: replica of b, linked, epoch 2, 1210 keys
d: replica of b, linked, epoch 2, 1210 keys
e: replica of b, linked, epoch 2, 1210 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
