# The master is started anew while its replica has a thousand acknowledged writes of it unread, one to
# be read in each 849 microseconds. The replica says "linked" and goes on, so it vouches for three times
# down_after; then only the drain waits for the rest. Two reads of one moment would find nothing new.
world nodes=2 clients=2 down_after=300ms jitter=435us torn=8 seed=2
peace
settle 40s
applies b 849us
try burst B 712
advance 2ms
restart a rebased
advance 1s
await 5s settled
----
     0 (A) info: b is up
     0 (A) info: a is up
     0 (B) info: b is up
     0 (B) info: a is up
   127 (A) warning: invalid master count: 0
   127 (A) info: attempting failover!
   127 (A) info: my failover id: <id 1>
   127 (B) warning: invalid master count: 0
   127 (B) info: attempting failover!
   127 (B) info: my failover id: <id 2>
   127 (A) info: failover already in progress: <id 2>
   127 (A) info: giving up: another client has the lock
   128 (B) info: lock was a success!
   129 (B) info: a had highest opcounter (0) of 2 nodes. congrats!
   130 (B) debug: defaulting to master as subSlave
   130 (B) info: ready, using a as master
   130 (B) info: publishing gossip:master for a
   130 (B) info: making b into a slave...
   130 (A) debug: defaulting to master as subSlave
   130 (A) info: ready, using a as master
   132 (B) info: b is slave
   158 (A) info: renegotating subSlave away from master
   158 (A) info: subSlave is now b
   180 (B) info: renegotating subSlave away from master
   180 (B) info: subSlave is now b
   662 (A) warning: MASTER is down! (a)
   662 (A) info: orientating (connection lost, 1/2 nodes up) ...
   662 (A) tells: a: connection lost
   662 (B) warning: MASTER is down! (a)
   662 (B) info: orientating (connection lost, 1/2 nodes up) ...
   662 (B) tells: a: connection lost
   663 (A) warning: others still hear the master: waiting
   664 (B) warning: others still hear the master: waiting
   930 (A) warning: invalid master count: 0
   930 (A) info: attempting failover!
   930 (A) info: my failover id: <id 3>
   930 (B) warning: invalid master count: 0
   930 (B) info: attempting failover!
   930 (B) info: my failover id: <id 4>
   930 (A) info: failover already in progress: <id 4>
   930 (A) info: giving up: another client has the lock
   931 (B) info: lock was a success!
   950 (A) info: failover already in progress: <id 4>
  1032 (B) info: giving up: too few nodes with a known history could be sealed
  1063 (A) warning: invalid master count: 0
  1063 (A) info: attempting failover!
  1063 (A) info: my failover id: <id 5>
  1065 (A) info: lock was a success!
  1166 (A) info: giving up: too few nodes with a known history could be sealed
  1188 (A) warning: others still hear the master: waiting
  1350 (B) warning: invalid master count: 0
  1350 (B) info: attempting failover!
  1350 (B) info: my failover id: <id 6>
  1351 (B) info: lock was a success!
  1353 (B) info: a had highest opcounter (712) of 2 nodes. congrats!
  1354 (B) debug: still using b as subSlave
  1354 (B) info: ready, using a as master
  1354 (B) info: publishing gossip:master for a
  1354 (B) info: making b into a slave...
  1354 (A) info: gossip said a was promoted!
  1355 (B) info: b is slave
  1355 (A) debug: still using b as subSlave
  1355 (A) info: ready, using a as master

# Nor is it enough that they were sent in two of its milliseconds: the first may be answered late (seed
# 80471: nine tenths of one lay between them), or another look may have shown what the first one did not
# (seed 60782).
world nodes=2 clients=2 seed=80471 durable down_after=100ms jitter=354us writes=77829us flush=2 torn=8 queue=8 linear=4
start a empty
start b empty
async A
peace
advance 45308us
settle 40s
applies b 996us
try burst A 398
advance 346000us
restart a rebased_older within_promise
advance 10ms
----
     0 (A) info: a is up
     0 (B) info: b is up
     0 (B) info: a is up
     0 (A) info: b is up
     1 (B) warning: invalid master count: 0
     1 (B) info: attempting failover!
     1 (B) info: my failover id: <id 7>
     1 (A) warning: invalid master count: 0
     1 (A) info: attempting failover!
     1 (A) info: my failover id: <id 8>
     2 (A) info: failover already in progress: <id 7>
     2 (A) info: giving up: another client has the lock
     2 (B) info: lock was a success!
     3 (B) info: a had highest opcounter (0) of 2 nodes. congrats!
     4 (B) debug: defaulting to master as subSlave
     4 (B) info: ready, using a as master
     4 (B) info: publishing gossip:master for a
     4 (B) info: making b into a slave...
     5 (A) info: gossip said a was promoted!
     6 (A) debug: defaulting to master as subSlave
     6 (A) info: ready, using a as master
     6 (B) info: b is slave
    30 (B) info: renegotating subSlave away from master
    30 (B) info: subSlave is now b
   397 (B) info: defaulting to master as subSlave
   691 (B) warning: MASTER is down! (a)
   691 (B) info: orientating (connection lost, 1/2 nodes up) ...
   691 (B) tells: a: connection lost
   691 (A) warning: MASTER is down! (a)
   691 (A) info: orientating (connection lost, 1/2 nodes up) ...
   691 (A) tells: a: connection lost
   692 (A) warning: invalid master count: 0
   692 (A) info: attempting failover!
   692 (A) info: my failover id: <id 9>
   693 (A) info: lock was a success!
   697 (B) info: failover already in progress: <id 9>
a: sealed, epoch 1, locked, 612 keys
b: replica of a, linked, epoch 1, locked, 459 keys
A: no master
B: no master
