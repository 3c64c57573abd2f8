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

mark
switchover A c
await 50ms master c
expect A planned
expect B planned
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
  1523 (B) info: switching master...
  1523 (B) tells: a is no longer master
  1523 (A) info: c has all of a. congrats!
  1524 (A) debug: defaulting to master as subSlave
  1524 (A) info: ready, using c as master
  1524 (A) info: publishing gossip:master for c
  1524 (A) done, ok: c is master
  1524 (A) info: making a into a slave...
  1524 (A) info: making b into a slave...
  1524 (B) info: gossip said c was promoted!
  1524 (B) debug: defaulting to master as subSlave
  1524 (B) info: ready, using c as master
  1524 (A) info: a is slave
  1524 (A) info: b is slave

# And back, to whoever is best.
advance 1s
mark
switchover B
await 50ms B done ok
await 1s settled
expect A planned
expect B planned
expect promotions 1
expect lost 0
----
  1530 (B) info: renegotating subSlave away from master
  1530 (B) info: subSlave is now a
  1600 (A) info: renegotating subSlave away from master
  1600 (A) info: subSlave is now a
  2525 (B) info: planned switchover from c to a
  2525 (B) info: my failover id: <id 4>
  2525 (B) info: lock was a success!
  2526 (A) info: switching master...
  2526 (A) tells: c is no longer master
  2526 (B) info: a has all of c. congrats!
  2526 (A) info: failover already in progress: <id 4>
  2527 (B) debug: defaulting to master as subSlave
  2527 (B) info: ready, using a as master
  2527 (B) info: publishing gossip:master for a
  2527 (B) done, ok: a is master
  2527 (B) info: making b into a slave...
  2527 (B) info: making c into a slave...
  2527 (A) info: gossip said a was promoted!
  2527 (A) debug: defaulting to master as subSlave
  2527 (A) info: ready, using a as master
  2527 (B) info: b is slave
  2527 (B) info: c is slave

# Who sleeps through two of them cannot know that nothing was missed; nor who is new.
sleep A
switchover B
await 50ms B done ok
advance 1s
switchover B
await 50ms B done ok
wake A
await 2s settled
expect A unplanned
expect B planned
----
  2528 (B) info: renegotating subSlave away from master
  2528 (B) info: subSlave is now b
  2528 (B) info: planned switchover from a to b
  2528 (B) info: my failover id: <id 5>
  2528 (B) info: lock was a success!
  2529 (B) info: b has all of a. congrats!
  2530 (B) debug: defaulting to master as subSlave
  2530 (B) info: ready, using b as master
  2530 (B) info: publishing gossip:master for b
  2530 (B) done, ok: b is master
  2530 (B) info: making a into a slave...
  2530 (B) info: making c into a slave...
  2530 (B) info: a is slave
  2530 (B) info: c is slave
  2600 (B) info: renegotating subSlave away from master
  2600 (B) info: subSlave is now a
  3530 (B) info: planned switchover from b to a
  3530 (B) info: my failover id: <id 6>
  3531 (B) info: lock was a success!
  3532 (B) info: a has all of b. congrats!
  3532 (B) debug: defaulting to master as subSlave
  3532 (B) info: ready, using a as master
  3532 (B) info: publishing gossip:master for a
  3532 (B) done, ok: a is master
  3532 (B) info: making b into a slave...
  3532 (B) info: making c into a slave...
  3533 (A) debug: this client slept 933 ms: looking again
  3533 (A) info: gossip said b was promoted!
  3533 (A) info: switching master...
  3533 (A) tells: a is no longer master
  3533 (A) info: gossip said a was promoted!
  3533 (B) info: b is slave
  3533 (B) info: c is slave
  3533 (A) debug: defaulting to master as subSlave
  3533 (A) info: ready, using a as master
a: master, epoch 5, 5072 keys
b: replica of a, linked, epoch 5, 5072 keys
c: replica of a, linked, epoch 5, 5072 keys
A: ready, uses a, epoch 5
B: ready, uses a, epoch 5
