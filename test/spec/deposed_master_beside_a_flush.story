# Where histories parted outlives a FLUSHALL and a record that is written back: whoever writes it
# back knows the forks. And the counter, which skips far ahead then, is no number of writes: what a
# returning node alone has is told with the right number, two elections late as well.
world nodes=3 clients=3 writes=5ms down_after=1000ms
start
await 1s settled
advance 1s
mark
cut a,A b,c,B,C
advance 100ms
durable A
await 3s B master b
advance 100ms
flushall b
advance 300ms
switchover B c
advance 300ms
heal
await 5s settled
expect promotions 2
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
  1622 (A) info: completing the record of a
  1622 (A) info: the record of a is complete
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
  2524 (C) info: gossip said b was promoted!
  2524 (C) debug: still using c as subSlave
  2524 (C) info: ready, using b as master
  2524 (B) info: c is slave
  2924 (B) info: completing the record of b
  2924 (B) info: the record of b is complete
  2924 (B) info: planned switchover from b to c
  2924 (B) info: my failover id: <id 5>
  2925 (B) info: lock was a success!
  2926 (B) info: c has all of b. congrats!
  2926 (B) debug: defaulting to master as subSlave
  2926 (B) info: ready, using c as master
  2926 (B) info: publishing gossip:master for c
  2926 (B) done, ok: c is master
  2926 (B) info: making b into a slave...
  2927 (C) info: gossip said c was promoted!
  2927 (C) info: switching master...
  2927 (C) tells: b is no longer master
  2927 (C) debug: defaulting to master as subSlave
  2927 (C) info: ready, using c as master
  2927 (B) info: b is slave
  2932 (C) info: renegotating subSlave away from master
  2932 (C) info: subSlave is now b
  3000 (B) info: renegotating subSlave away from master
  3000 (B) info: subSlave is now b
  3224 (A) info: b is up
  3224 (A) info: c is up
  3224 (B) info: a is up
  3224 (C) info: a is up
  3224 (A) info: switching master...
  3224 (A) tells: a is no longer master
  3224 (B) warning: a has 416 writes that nobody else has
  3224 (B) tells: a has 416 writes that nobody else has: they are dropped
  3224 (B) warning: master conflict detected
  3224 (B) info: making a into a slave...
  3224 (C) warning: a has 416 writes that nobody else has
  3224 (C) tells: a has 416 writes that nobody else has: they are dropped
  3224 (C) warning: master conflict detected
  3224 (C) info: making a into a slave...
  3224 (A) debug: still using a as subSlave
  3224 (A) info: ready, using c as master
  3224 (A) warning: a has 416 writes that nobody else has
  3224 (A) tells: a has 416 writes that nobody else has: they are dropped
  3224 (A) warning: master conflict detected
  3224 (A) info: making a into a slave...
  3224 (C) debug: giving up: another client has the lock
  3224 (A) debug: giving up: another client has the lock
  3224 (A) info: a majority is there again: writing
  3224 (A) info: completing the record of c
  3224 (B) info: a is slave
  3224 (B) info: completing the record of c
  3225 (B) debug: giving up: another client has the lock
  3225 (A) info: the record of c is complete
  3228 (B) info: completing the record of c
  3228 (B) info: the record of c is complete
a: replica of c, linked, epoch 3, 278 keys
b: replica of c, linked, epoch 3, 278 keys
c: master, epoch 3, 278 keys
A: ready, uses c, epoch 3
B: ready, uses c, epoch 3
C: ready, uses c, epoch 3
