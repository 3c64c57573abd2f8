# Planned: no clock is trusted, no command fails, nothing is lost.
world nodes=3 clients=2 writes=1ms
start
await 1s settled
advance 1s
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
   501 (A) info: subSlave is now b
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (B) info: gossip said a was promoted!
   501 (B) info: subSlave is now b
   501 (B) info: ready, using a as master
   501 (A) info: b is slave
   501 (A) info: c is slave

mark
switchover A c
await 50ms master c
expect A done ok
expect promotions 1
expect full_syncs 0
expect A gap < 12ms
expect B gap < 12ms
await 1s settled
expect lost 0
----
  1522 (A) info: planned switchover from a to c
  1522 (A) info: my failover id: <id 3>
  1522 (A) info: lock was a success!
  1523 (A) info: c has all of a. congrats!
  1523 (B) info: switching master...
  1523 (B) tells: a is no longer master
  1523 (A) info: ready, using c as master
  1523 (A) info: publishing gossip:master for c
  1523 (A) done, ok: c is master
  1523 (A) info: making a into a slave...
  1523 (A) info: making b into a slave...
  1523 (B) info: ready, using c as master
  1524 (A) info: a is slave
  1524 (A) info: b is slave

# And back, to whoever is best.
advance 1s
mark
switchover B
await 50ms B done ok
await 1s settled
expect promotions 1
expect lost 0
----
  2524 (B) info: planned switchover from c to a
  2524 (B) info: my failover id: <id 4>
  2525 (B) info: lock was a success!
  2525 (B) info: a has all of c. congrats!
  2526 (A) info: switching master...
  2526 (A) tells: c is no longer master
  2526 (B) info: ready, using a as master
  2526 (B) info: publishing gossip:master for a
  2526 (B) done, ok: a is master
  2526 (B) info: making b into a slave...
  2526 (B) info: making c into a slave...
  2526 (A) info: ready, using a as master
  2526 (B) info: b is slave
  2526 (B) info: c is slave
a: master, epoch 3, 4054 keys
b: replica of a, linked, epoch 3, 4054 keys
c: replica of a, linked, epoch 3, 4054 keys
A: ready, uses a, epoch 3
B: ready, uses a, epoch 3
