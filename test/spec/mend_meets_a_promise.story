# Between the look and the guard of a mend a node promises more than the master's epoch: it is not touched under
# that epoch; the same master is elected again, and the node follows.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
mark
when c before guard: promise c 99
replicaof c b
await 5s settled
expect A writes
expect A master a
expect lost 0
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: b is slave
   501 (A) info: c is slave
   579 (A) info: renegotating subSlave away from master
   579 (A) info: subSlave is now c
  1361 (A) info: making c into a slave...
  1361 now: promise c 99
  1361 (A) debug: giving up: the node could not be mended now
  1382 (A) info: making c into a slave...
  1382 (A) debug: giving up: the lock was not given
  1495 (A) info: electing a again: a node has promised a newer epoch
  1495 (A) info: switching master...
  1495 (A) tells: a is no longer master
  1495 (A) warning: invalid master count: 0
  1495 (A) info: attempting failover!
  1495 (A) info: my failover id: <id 2>
  1495 (A) info: lock was a success!
  1497 (A) info: a had highest opcounter (204) of 3 nodes. congrats!
  1498 (A) debug: still using c as subSlave
  1498 (A) info: ready, using a as master
  1498 (A) info: publishing gossip:master for a
  1498 (A) info: making b into a slave...
  1498 (A) info: making c into a slave...
  1498 (A) info: b is slave
  1498 (A) info: c is slave
a: master, epoch 100, 204 keys
b: replica of a, linked, epoch 100, 204 keys
c: replica of a, linked, epoch 100, 204 keys
A: ready, uses a, epoch 100
