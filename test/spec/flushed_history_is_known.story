# d has not heard of two reigns. The record of the newest master is flushed away in the moment in which
# it is locked, and it hangs before it is sealed: none of its replicas can say of which epoch it is. The
# client knows: their history is that of the master that it used.
world nodes=6 clients=2 latency=306us jitter=435us
peace
settle 40s
cut b > d
cut f > d
switchover A f
advance 100ms
switchover A b
advance 20ms
when b before lock: flushall b
switchover B e
advance 5ms
stop b
await 4s A master a
continue b
heal
await 5s settled
----
     0 (B) info: e is up
     0 (B) info: c is up
     0 (B) info: d is up
     0 (B) info: a is up
     0 (A) info: e is up
     0 (A) info: a is up
     1 (A) info: b is up
     1 (A) info: d is up
     1 (A) info: f is up
     1 (B) info: f is up
     1 (B) info: b is up
     1 (A) info: c is up
   401 (B) warning: invalid master count: 0
   401 (B) info: attempting failover!
   401 (B) info: my failover id: <id 1>
   401 (A) warning: invalid master count: 0
   401 (A) info: attempting failover!
   401 (A) info: my failover id: <id 2>
   402 (A) info: failover already in progress: <id 1>
   402 (A) info: giving up: another client has the lock
   403 (B) info: lock was a success!
   406 (B) info: a had highest opcounter (0) of 6 nodes. congrats!
   408 (B) debug: defaulting to master as subSlave
   408 (B) info: ready, using a as master
   408 (B) info: publishing gossip:master for a
   408 (B) info: making b into a slave...
   408 (B) info: making c into a slave...
   408 (B) info: making d into a slave...
   408 (B) info: making e into a slave...
   408 (B) info: making f into a slave...
   408 (A) info: gossip said a was promoted!
   409 (A) debug: defaulting to master as subSlave
   409 (A) info: ready, using a as master
   410 (B) info: f is slave
   410 (B) info: c is slave
   410 (B) info: b is slave
   410 (B) info: e is slave
   410 (B) info: d is slave
   496 (B) info: renegotating subSlave away from master
   496 (B) info: subSlave is now d
   496 (A) info: renegotating subSlave away from master
   496 (A) info: subSlave is now d
  1441 (A) info: planned switchover from a to f
  1441 (A) info: my failover id: <id 3>
  1443 (A) info: lock was a success!
  1449 (A) info: f has all of a. congrats!
  1451 (A) debug: still using d as subSlave
  1451 (A) info: ready, using f as master
  1451 (A) info: publishing gossip:master for f
  1451 (A) done, ok: f is master
  1451 (A) info: making a into a slave...
  1451 (A) info: making b into a slave...
  1451 (A) info: making c into a slave...
  1451 (A) info: making d into a slave...
  1451 (A) info: making e into a slave...
  1452 (B) info: gossip said f was promoted!
  1452 (B) info: switching master...
  1452 (B) tells: a is no longer master
  1452 (B) debug: still using d as subSlave
  1452 (B) info: ready, using f as master
  1453 (A) info: d is slave
  1453 (A) info: a is slave
  1453 (A) info: e is slave
  1453 (A) info: c is slave
  1454 (A) info: b is slave
  1541 (A) info: planned switchover from f to b
  1541 (A) info: my failover id: <id 4>
  1543 (A) info: lock was a success!
  1550 (A) info: b has all of f. congrats!
  1552 (A) debug: still using d as subSlave
  1552 (A) info: ready, using b as master
  1552 (A) info: publishing gossip:master for b
  1552 (A) done, ok: b is master
  1552 (A) info: making a into a slave...
  1552 (A) info: making c into a slave...
  1552 (A) info: making d into a slave...
  1552 (A) info: making e into a slave...
  1552 (A) info: making f into a slave...
  1553 (B) info: gossip said b was promoted!
  1553 (B) info: switching master...
  1553 (B) tells: f is no longer master
  1554 (A) info: e is slave
  1554 (A) info: a is slave
  1554 (B) debug: still using d as subSlave
  1554 (B) info: ready, using b as master
  1555 (A) info: c is slave
  1555 (A) info: f is slave
  1555 (A) info: d is slave
  1561 (B) info: planned switchover from b to e
  1561 (B) info: my failover id: <id 5>
  1562 now: flushall b
  1564 (B) info: lock was a success!
  2065 (B) info: giving up: a step was not answered in time
  2065 (B) done, refused: a step was not answered in time
  2065 (B) info: completing the record of b
  2555 (A) warning: MASTER is down! (b)
  2555 (A) info: orientating (silent, 5/6 nodes up) ...
  2555 (A) tells: b: silent
  2556 (A) warning: invalid master count: 0
  2556 (A) info: attempting failover!
  2556 (A) info: my failover id: <id 6>
  2558 (A) info: lock was a success!
  2563 (A) info: a had highest opcounter (0) of 5 nodes. congrats!
  2565 (B) debug: giving up: the lock was not given
  2565 (B) warning: MASTER is down! (b)
  2565 (B) info: orientating (silent, 5/6 nodes up) ...
  2565 (B) tells: b: silent
  2565 (A) debug: still using d as subSlave
  2565 (A) info: ready, using a as master
  2565 (A) info: publishing gossip:master for a
  2565 (A) info: making c into a slave...
  2565 (A) info: making d into a slave...
  2565 (A) info: making e into a slave...
  2565 (A) info: making f into a slave...
  2565 (B) debug: still using d as subSlave
  2565 (B) info: ready, using a as master
  2566 (A) info: b is up
  2566 (B) info: b is up
  2567 (A) info: f is slave
  2567 (A) info: e is slave
  2567 (A) info: d is slave
  2567 (A) info: c is slave
  2602 (B) warning: master conflict detected
  2602 (B) info: making b into a slave...
  2605 (B) info: b is slave
a: master, epoch 4, 0 keys
b: replica of a, linked, epoch 4, 0 keys
c: replica of a, linked, epoch 4, 0 keys
d: replica of a, linked, epoch 4, 0 keys
e: replica of a, linked, epoch 4, 0 keys
f: replica of a, linked, epoch 4, 0 keys
A: ready, uses a, epoch 4
B: ready, uses a, epoch 4
