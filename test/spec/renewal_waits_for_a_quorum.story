# The master's history has another id, and the only other node is in the middle of its first
# synchronisation: a renewal would be futile. The master is used on until there is a quorum for it,
# instead of leaving it for as long as that copy takes (invariant 6, seed 500010).
world nodes=2 clients=5 seed=500010 down_after=300ms latency=50us jitter=319us sync=1500000us load=39000us subscribers
start a empty
advance 200us
start B
peace C 72608us
settle 40s
advance 7ms
kill b
advance 200ms
try no_backlog a
start b rebased within_promise
advance 100ms
expect a master
expect B master a
stop a
advance 50ms
peace a 252012us
settle 40s
----
     0 (B) info: a is up
     0 (D) info: b is up
     0 (A) info: b is up
     0 (B) info: b is up
     0 (E) info: b is up
     0 (E) info: a is up
     0 (A) info: a is up
     0 (D) info: a is up
     0 (B) warning: looking for master: no group yet, a node is still loading its data
     0 (A) warning: looking for master: no group yet, a node is still loading its data
     1 (E) warning: looking for master: no group yet, a node is still loading its data
     1 (D) warning: looking for master: no group yet, a node is still loading its data
    73 (C) info: b is up
    73 (C) info: a is up
   127 (B) warning: invalid master count: 0
   127 (B) info: attempting failover!
   127 (B) info: my failover id: <id 1>
   127 (A) warning: invalid master count: 0
   127 (A) info: attempting failover!
   127 (A) info: my failover id: <id 2>
   127 (D) warning: invalid master count: 0
   127 (D) info: attempting failover!
   127 (D) info: my failover id: <id 3>
   127 (E) warning: invalid master count: 0
   127 (E) info: attempting failover!
   127 (E) info: my failover id: <id 4>
   127 (D) info: failover already in progress: <id 4>
   127 (D) info: giving up: another client has the lock
   127 (A) info: failover already in progress: <id 4>
   127 (A) info: giving up: another client has the lock
   127 (B) info: failover already in progress: <id 4>
   127 (B) info: giving up: another client has the lock
   127 (E) info: lock was a success!
   128 (C) warning: looking for master: no group yet, waiting for every node to answer
   128 (E) info: a had highest opcounter (0) of 2 nodes. congrats!
   129 (C) info: failover already in progress: <id 4>
   130 (E) debug: defaulting to master as subSlave
   130 (E) info: ready, using a as master
   130 (E) info: publishing gossip:master for a
   130 (E) info: making b into a slave...
   130 (C) info: gossip said a was promoted!
   130 (B) info: gossip said a was promoted!
   130 (D) info: gossip said a was promoted!
   130 (A) info: gossip said a was promoted!
   130 (C) debug: defaulting to master as subSlave
   130 (C) info: ready, using a as master
   130 (B) debug: defaulting to master as subSlave
   130 (B) info: ready, using a as master
   130 (A) debug: defaulting to master as subSlave
   130 (A) info: ready, using a as master
   131 (D) debug: defaulting to master as subSlave
   131 (D) info: ready, using a as master
   131 (E) info: b is slave
  1650 (E) info: renegotating subSlave away from master
  1650 (E) info: subSlave is now b
  1701 (A) info: renegotating subSlave away from master
  1701 (A) info: subSlave is now b
  1888 (B) info: renegotating subSlave away from master
  1888 (B) info: subSlave is now b
  2147 (B) info: b is down (refused)
  2147 (B) info: defaulting to master as subSlave
  2147 (D) info: b is down (refused)
  2147 (E) info: b is down (refused)
  2147 (E) info: defaulting to master as subSlave
  2147 (C) info: b is down (refused)
  2147 (A) info: b is down (refused)
  2147 (A) info: defaulting to master as subSlave
  2249 (D) warning: cut off from the majority: holding writes
  2249 (D) tells: fewer than 2 nodes heard for 90 ms
  2249 (E) warning: cut off from the majority: holding writes
  2249 (E) tells: fewer than 2 nodes heard for 90 ms
  2249 (B) warning: cut off from the majority: holding writes
  2249 (B) tells: fewer than 2 nodes heard for 90 ms
  2249 (A) warning: cut off from the majority: holding writes
  2249 (A) tells: fewer than 2 nodes heard for 90 ms
  2263 (C) warning: cut off from the majority: holding writes
  2263 (C) tells: fewer than 2 nodes heard for 90 ms
  2359 (A) info: b is up
  2377 (D) info: b is up
  2386 (E) info: b is up
  2386 (E) info: making b into a slave...
  2386 (E) info: a majority is there again: writing
  2387 (E) info: b is slave
  2390 (C) info: b is up
  2391 (C) info: a majority is there again: writing
  2391 (A) info: a majority is there again: writing
  2393 (D) info: a majority is there again: writing
  2436 (B) info: b is up
  2437 (B) info: a majority is there again: writing
  2547 (A) warning: cut off from the majority: holding writes
  2547 (A) tells: fewer than 2 nodes heard for 90 ms
  2547 (E) warning: cut off from the majority: holding writes
  2547 (E) tells: fewer than 2 nodes heard for 90 ms
  2547 (C) warning: cut off from the majority: holding writes
  2547 (C) tells: fewer than 2 nodes heard for 90 ms
  2547 (D) warning: cut off from the majority: holding writes
  2547 (D) tells: fewer than 2 nodes heard for 90 ms
  2558 (B) warning: cut off from the majority: holding writes
  2558 (B) tells: fewer than 2 nodes heard for 90 ms
  2686 (E) warning: MASTER is down! (a)
  2686 (E) info: orientating (silent, 1/2 nodes up) ...
  2686 (E) tells: a: silent
  2686 (E) info: subSlave went down, renegotiated to b
  2726 (A) warning: MASTER is down! (a)
  2726 (A) info: orientating (silent, 1/2 nodes up) ...
  2726 (A) tells: a: silent
  2726 (A) info: subSlave went down, renegotiated to b
  2726 (D) warning: MASTER is down! (a)
  2726 (D) info: orientating (silent, 1/2 nodes up) ...
  2726 (D) tells: a: silent
  2726 (D) info: subSlave went down, renegotiated to b
  2726 (E) warning: refusing to orientate without a majority up!
  2726 (C) warning: MASTER is down! (a)
  2726 (C) info: orientating (silent, 1/2 nodes up) ...
  2726 (C) tells: a: silent
  2726 (C) info: subSlave went down, renegotiated to b
  2726 (A) warning: refusing to orientate without a majority up!
  2731 (C) warning: refusing to orientate without a majority up!
  2733 (D) warning: refusing to orientate without a majority up!
  2737 (B) warning: MASTER is down! (a)
  2737 (B) info: orientating (silent, 1/2 nodes up) ...
  2737 (B) tells: a: silent
  2737 (B) info: subSlave went down, renegotiated to b
  2742 (B) warning: refusing to orientate without a majority up!
  2749 (C) info: a is up
  2749 (E) info: a is up
  2749 (E) info: gossip said a was promoted!
  2749 (A) info: a is up
  2749 (B) info: a is up
  2749 (A) info: gossip said a was promoted!
  2749 (D) info: a is up
  2749 (D) info: defaulting to master as subSlave
  2749 (D) info: ready, using a as master
  2749 (D) info: a majority is there again: writing
  2749 (E) info: defaulting to master as subSlave
  2749 (E) info: ready, using a as master
  2749 (E) info: a majority is there again: writing
  2749 (C) info: defaulting to master as subSlave
  2749 (C) info: ready, using a as master
  2749 (A) info: defaulting to master as subSlave
  2749 (A) info: ready, using a as master
  2749 (B) info: defaulting to master as subSlave
  2749 (B) info: ready, using a as master
  2749 (B) info: a majority is there again: writing
  2750 (A) info: a majority is there again: writing
  3889 (A) info: renegotating subSlave away from master
  3889 (A) info: subSlave is now b
  3900 (E) info: renegotating subSlave away from master
  3900 (E) info: subSlave is now b
  4320 (B) info: renegotating subSlave away from master
  4320 (B) info: subSlave is now b
  5047 (D) info: renegotating subSlave away from master
  5047 (D) info: subSlave is now b
a: master, epoch 1, 0 keys
b: replica of a, linked, epoch 1, 0 keys
A: ready, uses a, epoch 1
B: ready, uses a, epoch 1
C: ready, uses a, epoch 1
D: ready, uses a, epoch 1
E: ready, uses a, epoch 1
