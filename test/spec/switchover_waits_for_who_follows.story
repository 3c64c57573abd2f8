# A second change of master is asked for while a node still turns to the first one: it waits for that
# node, which otherwise would copy all data anew, and its listeners would miss messages.
world nodes=3 clients=2 writes=1ms subscribers
start
await 2s settled
advance 1s
mark
slow b 5ms
switchover A c
await 100ms master c
switchover B a
await 1s master a
expect promotions 2
await 1s settled
expect full_syncs 0
expect gaps 0
expect lost 0
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
  1556 (A) info: planned switchover from a to c
  1556 (A) info: my failover id: <id 3>
  1562 (A) info: lock was a success!
  1563 (B) info: switching master...
  1563 (B) tells: a is no longer master
  1573 (B) info: failover already in progress: <id 3>
  1573 (A) info: c has all of a. congrats!
  1573 (A) debug: defaulting to master as subSlave
  1573 (A) info: ready, using c as master
  1573 (A) info: publishing gossip:master for c
  1573 (A) done, ok: c is master
  1573 (A) info: making a into a slave...
  1573 (A) info: making b into a slave...
  1573 (B) info: gossip said c was promoted!
  1574 (B) debug: defaulting to master as subSlave
  1574 (B) info: ready, using c as master
  1574 (A) info: a is slave
  1574 (B) info: renegotating subSlave away from master
  1574 (B) info: subSlave is now a
  1584 (A) info: b is slave
  1599 (B) info: planned switchover from c to a
  1599 (B) info: my failover id: <id 4>
  1600 (A) info: renegotating subSlave away from master
  1600 (A) info: subSlave is now a
  1604 (B) info: lock was a success!
  1605 (A) info: switching master...
  1605 (A) tells: c is no longer master
  1610 (A) info: failover already in progress: <id 4>
  1615 (B) info: a has all of c. congrats!
  1616 (B) debug: defaulting to master as subSlave
  1616 (B) info: ready, using a as master
  1616 (B) info: publishing gossip:master for a
  1616 (B) done, ok: a is master
  1616 (B) info: making b into a slave...
  1616 (B) info: making c into a slave...
  1616 (A) info: gossip said a was promoted!
  1616 (A) debug: defaulting to master as subSlave
  1616 (A) info: ready, using a as master
  1616 (B) info: c is slave
  1626 (B) info: b is slave
a: master, epoch 3, 2194 keys
b: replica of a, linked, epoch 3, 2194 keys
c: replica of a, linked, epoch 3, 2194 keys
A: ready, uses a, epoch 3
B: ready, uses a, epoch 3
