# Two masters of one number: of two takeovers that began at the same moment in a group of lowered quorum, each has
# promoted. Who uses the one of the lower nonce sees a promise of the other and elects its own again: it must find
# the other, not replace it.
world nodes=5 clients=4 seed=1158 down_after=300ms latency=46us jitter=167us retransmit=137351us repl_ping=1s load=19771us writes=37399us flush=3 subscribers quorum=2
start a empty
start b empty
start c empty
start d empty
start e empty
start A
start C
advance 378us
start D
advance 5185us
stop d
advance 1s
peace
settle 40s
advance 97ms
cut a > d
advance 53500us
when a before look: cut a > B,C,D
kill a
advance 7300us
heal
cut a,c,d,B,D b,e,A,C
advance 1s
switchover D b
peace
settle 40s
expect A writes
----
     0 (C) info: d is up
     0 (A) info: a is up
     0 (C) info: e is up
     0 (A) info: d is up
     0 (A) info: e is up
     0 (C) info: b is up
     0 (C) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (C) info: c is up
     0 (D) info: a is up
     0 (C) warning: looking for master: no group yet, a node is still loading its data
     0 (D) info: d is up
     0 (D) info: e is up
     0 (A) warning: looking for master: no group yet, a node is still loading its data
     0 (D) info: c is up
     0 (D) info: b is up
     1 (D) warning: looking for master: no group yet, a node is still loading its data
   303 (C) info: d is down (silent)
   303 (C) warning: looking for master: no group yet, waiting for every node to answer
   303 (A) info: d is down (silent)
   303 (A) warning: looking for master: no group yet, waiting for every node to answer
   303 (D) info: d is down (silent)
   303 (D) warning: looking for master: no group yet, waiting for every node to answer
  1005 (B) info: d is up
  1005 (B) info: b is up
  1005 (B) info: c is up
  1005 (B) info: a is up
  1005 (B) info: e is up
  1006 (B) warning: invalid master count: 0
  1006 (B) info: attempting failover!
  1006 (B) info: my failover id: <id 1>
  1006 (B) info: lock was a success!
  1007 (B) info: a had highest opcounter (0) of 5 nodes. congrats!
  1008 (B) debug: defaulting to master as subSlave
  1008 (B) info: ready, using a as master
  1008 (B) info: publishing gossip:master for a
  1008 (B) info: making b into a slave...
  1008 (B) info: making c into a slave...
  1008 (B) info: making d into a slave...
  1008 (B) info: making e into a slave...
  1008 (C) info: gossip said a was promoted!
  1008 (A) info: gossip said a was promoted!
  1008 (D) info: gossip said a was promoted!
  1008 (A) debug: defaulting to master as subSlave
  1008 (A) info: ready, using a as master
  1008 (C) debug: defaulting to master as subSlave
  1008 (C) info: ready, using a as master
  1008 (B) info: b is slave
  1008 (D) debug: defaulting to master as subSlave
  1008 (D) info: ready, using a as master
  1008 (B) info: d is slave
  1008 (B) info: e is slave
  1008 (B) info: c is slave
  1028 (A) info: renegotating subSlave away from master
  1028 (A) info: subSlave is now b
  1029 (D) info: renegotating subSlave away from master
  1029 (D) info: subSlave is now b
  1030 (C) info: d is up
  1030 (C) info: renegotating subSlave away from master
  1030 (C) info: subSlave is now d
  1035 (B) info: renegotating subSlave away from master
  1035 (B) info: subSlave is now b
  1041 (D) info: d is up
  1043 (A) info: d is up
  2256 (D) warning: MASTER is down! (a)
  2256 (D) info: orientating (connection lost, 4/5 nodes up) ...
  2256 (D) tells: a: connection lost
  2256 (C) warning: MASTER is down! (a)
  2256 (C) info: orientating (connection lost, 4/5 nodes up) ...
  2256 (C) tells: a: connection lost
  2256 (A) warning: MASTER is down! (a)
  2256 (A) info: orientating (connection lost, 4/5 nodes up) ...
  2256 (A) tells: a: connection lost
  2256 (B) warning: MASTER is down! (a)
  2256 (B) info: orientating (connection lost, 4/5 nodes up) ...
  2256 (B) tells: a: connection lost
  2256 (D) info: a is down (refused)
  2256 now: cut a > B,C,D
  2256 (A) info: a is down (refused)
  2319 (D) warning: invalid master count: 0
  2319 (D) info: attempting failover!
  2319 (D) info: my failover id: <id 2>
  2321 (B) info: a is down (refused)
  2321 (B) warning: invalid master count: 0
  2321 (B) info: attempting failover!
  2321 (B) info: my failover id: <id 3>
  2519 (D) info: giving up: a step was not answered in time
  2521 (B) info: giving up: a step was not answered in time
  2541 (D) warning: invalid master count: 0
  2541 (D) info: attempting failover!
  2541 (D) info: my failover id: <id 4>
  2541 (B) warning: invalid master count: 0
  2541 (B) info: attempting failover!
  2541 (B) info: my failover id: <id 5>
  2541 (B) info: failover already in progress: <id 4>
  2541 (B) info: giving up: another client has the lock
  2541 (D) info: lock was a success!
  2542 (D) info: c had highest opcounter (262) of 2 nodes. congrats!
  2542 (D) debug: still using b as subSlave
  2542 (D) info: ready, using c as master
  2542 (D) info: publishing gossip:master for c
  2542 (D) info: making d into a slave...
  2542 (B) info: gossip said c was promoted!
  2543 (D) info: d is slave
  2543 (B) debug: still using b as subSlave
  2543 (B) info: ready, using c as master
  2556 (C) warning: invalid master count: 0
  2556 (C) info: attempting failover!
  2556 (C) info: my failover id: <id 6>
  2556 (A) warning: invalid master count: 0
  2556 (A) info: attempting failover!
  2556 (A) info: my failover id: <id 7>
  2556 (C) info: failover already in progress: <id 7>
  2556 (C) info: giving up: another client has the lock
  2563 (B) info: b is down (silent)
  2563 (B) info: e is down (silent)
  2563 (B) info: subSlave went down, renegotiated to d
  2563 (C) info: d is down (silent)
  2563 (C) info: c is down (silent)
  2563 (C) info: subSlave went down, renegotiated to e
  2563 (D) info: b is down (silent)
  2563 (D) info: e is down (silent)
  2563 (D) info: subSlave went down, renegotiated to d
  2563 (A) info: c is down (silent)
  2563 (A) info: d is down (silent)
  2563 (A) info: lock was a success!
  2563 (A) info: b had highest opcounter (262) of 2 nodes. congrats!
  2564 (A) debug: defaulting to master as subSlave
  2564 (A) info: ready, using b as master
  2564 (A) info: publishing gossip:master for b
  2564 (A) info: making e into a slave...
  2564 (C) info: gossip said b was promoted!
  2564 (C) debug: still using e as subSlave
  2564 (C) info: ready, using b as master
  2564 (A) info: e is slave
  2580 (A) info: renegotating subSlave away from master
  2580 (A) info: subSlave is now e
  3256 (C) info: a is down (silent)
  3264 (C) info: a is up
  3271 (B) info: e is up
  3271 (B) info: switching master...
  3271 (B) tells: c is no longer master
  3278 (A) info: a is up
  3315 (C) info: making a into a slave...
  3316 (C) info: a is slave
  3332 (A) info: d is up
  3332 (A) info: making d into a slave...
  3333 (A) info: d is slave
  3343 (D) info: electing c again: a node has promised a newer epoch
  3343 (D) done, refused: the master went away
  3343 (D) info: switching master...
  3343 (D) tells: c is no longer master
  3343 (D) info: failover already in progress: <id 7>
  3352 (C) info: c is up
  3353 (D) info: gossip said b was promoted!
  3353 (B) info: gossip said b was promoted!
  3357 (B) info: b is up
  3357 (B) debug: still using d as subSlave
  3357 (B) info: ready, using b as master
  3359 (A) info: c is up
  3359 (A) warning: c has 70 writes that nobody else has
  3359 (A) tells: c has 70 writes that nobody else has: they are dropped
  3359 (A) warning: master conflict detected
  3359 (A) info: making c into a slave...
  3360 (A) info: c is slave
  3385 (C) info: d is up
  3395 (D) info: b is up
  3396 (D) debug: still using d as subSlave
  3396 (D) info: ready, using b as master
  3400 (D) info: e is up
  3433 (B) info: a is up
  3554 (D) info: a is up
a: replica of b, linked, epoch 2, 559 keys
b: master, epoch 2, 559 keys
c: replica of b, linked, epoch 2, 559 keys
d: replica of b, linked, epoch 2, 559 keys
e: replica of b, linked, epoch 2, 559 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
C: ready, uses b, epoch 2
D: ready, uses b, epoch 2
