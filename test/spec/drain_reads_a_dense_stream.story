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
a: master, epoch 4, 712 keys
b: replica of a, linked, epoch 4, 712 keys
A: ready, uses a, epoch 4
B: ready, uses a, epoch 4
