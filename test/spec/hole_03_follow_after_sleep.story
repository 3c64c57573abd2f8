# Five nodes. The coordinator sleeps right after promoting; its master dies too and others elect. When
# it wakes it still wants to point nodes to its own master: they have promised more since.
world nodes=5 clients=3 writes=5ms durable down_after=300ms
start
await 2s settled
advance 500ms
mark
when A before follow: sleep A
kill a
advance 10ms
expect promotions 1
expect b master
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
     0 (C) info: a is up
     0 (C) info: b is up
     0 (C) info: c is up
     0 (C) info: d is up
     0 (C) info: e is up
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
   127 (A) info: a had highest opcounter (0) of 5 nodes. congrats!
   128 (A) debug: defaulting to master as subSlave
   128 (A) info: ready, using a as master
   128 (A) info: publishing gossip:master for a
   128 (A) info: making b into a slave...
   128 (A) info: making c into a slave...
   128 (A) info: making d into a slave...
   128 (A) info: making e into a slave...
   128 (B) info: gossip said a was promoted!
   128 (C) info: gossip said a was promoted!
   128 (B) debug: defaulting to master as subSlave
   128 (B) info: ready, using a as master
   128 (C) debug: defaulting to master as subSlave
   128 (C) info: ready, using a as master
   128 (A) info: b is slave
   128 (A) info: c is slave
   128 (A) info: d is slave
   128 (A) info: e is slave
   150 (A) info: renegotating subSlave away from master
   150 (A) info: subSlave is now b
   155 (B) info: renegotating subSlave away from master
   155 (B) info: subSlave is now e
   155 (C) info: renegotating subSlave away from master
   155 (C) info: subSlave is now e
   649 (B) warning: MASTER is down! (a)
   649 (B) info: orientating (connection lost, 4/5 nodes up) ...
   649 (B) tells: a: connection lost
   649 (C) warning: MASTER is down! (a)
   649 (C) info: orientating (connection lost, 4/5 nodes up) ...
   649 (C) tells: a: connection lost
   649 (A) warning: MASTER is down! (a)
   649 (A) info: orientating (connection lost, 4/5 nodes up) ...
   649 (A) tells: a: connection lost
   649 (B) info: a is down (refused)
   649 (C) info: a is down (refused)
   649 (A) info: a is down (refused)
   649 (A) warning: invalid master count: 0
   649 (A) info: attempting failover!
   649 (A) info: my failover id: <id 4>
   649 (A) info: lock was a success!
   650 (A) info: b had highest opcounter (314) of 4 nodes. congrats!
   650 (A) debug: defaulting to master as subSlave
   650 (A) info: ready, using b as master
   650 (A) info: publishing gossip:master for b
   650 (A) info: making c into a slave...
   650 (A) info: making d into a slave...
   650 (A) info: making e into a slave...
   650 (B) info: gossip said b was promoted!
   650 (C) info: gossip said b was promoted!
   650 now: sleep A
   650 (B) debug: still using e as subSlave
   650 (B) info: ready, using b as master
   650 (C) debug: still using e as subSlave
   650 (C) info: ready, using b as master

kill b
await 20s B master c
await 20s C master c
expect promotions 2
advance 200ms
----
   659 (B) warning: MASTER is down! (b)
   659 (B) info: orientating (connection lost, 3/5 nodes up) ...
   659 (B) tells: b: connection lost
   659 (C) warning: MASTER is down! (b)
   659 (C) info: orientating (connection lost, 3/5 nodes up) ...
   659 (C) tells: b: connection lost
   659 (B) info: b is down (refused)
   659 (C) info: b is down (refused)
   665 (B) info: failover already in progress: <id 4>
   666 (C) info: failover already in progress: <id 4>
  1463 (B) info: failover already in progress: <id 4>
  1463 (B) info: failover already in progress: <id 4>
  1463 (B) warning: invalid master count: 0
  1463 (B) info: attempting failover!
  1463 (B) info: my failover id: <id 5>
  1463 (B) info: lock was a success!
  1464 (B) info: c had highest opcounter (314) of 3 nodes. congrats!
  1464 (B) debug: still using e as subSlave
  1464 (B) info: ready, using c as master
  1464 (B) info: publishing gossip:master for c
  1464 (B) info: making d into a slave...
  1464 (B) info: making e into a slave...
  1464 (C) info: gossip said c was promoted!
  1464 (C) debug: still using e as subSlave
  1464 (C) info: ready, using c as master
  1464 (B) info: d is slave
  1464 (B) info: e is slave

mark
wake A
await 5s settled
expect master c
expect promotions 0
expect durable_lost 0
----
  1665 (A) debug: this client slept 1010 ms: looking again
  1665 (A) info: gossip said c was promoted!
  1665 (A) debug: giving up: somebody else has promoted a master
  1665 (A) info: switching master...
  1665 (A) tells: b is no longer master
  1665 (A) debug: still using b as subSlave
  1665 (A) info: ready, using c as master
  1665 (A) info: b is down (refused)
  1665 (A) info: subSlave went down, renegotiated to d
a: down
b: down
c: master, epoch 3, 395 keys
d: replica of c, linked, epoch 3, 395 keys
e: replica of c, linked, epoch 3, 395 keys
A: ready, uses c, epoch 3
B: ready, uses c, epoch 3
C: ready, uses c, epoch 3
