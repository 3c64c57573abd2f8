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
  1697 (A) info: renegotating subSlave away from master
  1697 (A) info: subSlave is now b
  2042 (B) info: renegotating subSlave away from master
  2042 (B) info: subSlave is now b
  2167 (E) info: b is down (refused)
  2167 (E) info: defaulting to master as subSlave
  2167 (C) info: b is down (refused)
  2167 (B) info: b is down (refused)
  2167 (B) info: defaulting to master as subSlave
  2168 (D) info: b is down (refused)
  2168 (A) info: b is down (refused)
  2168 (A) info: defaulting to master as subSlave
  2265 (B) warning: cut off from the majority: holding writes
  2265 (B) tells: fewer than 2 nodes heard for 90 ms
  2265 (D) warning: cut off from the majority: holding writes
  2265 (D) tells: fewer than 2 nodes heard for 90 ms
  2265 (A) warning: cut off from the majority: holding writes
  2265 (A) tells: fewer than 2 nodes heard for 90 ms
  2265 (E) warning: cut off from the majority: holding writes
  2265 (E) tells: fewer than 2 nodes heard for 90 ms
  2265 (C) warning: cut off from the majority: holding writes
  2265 (C) tells: fewer than 2 nodes heard for 90 ms
  2375 (B) info: b is up
  2407 (B) info: a majority is there again: writing
  2407 (B) info: making b into a slave...
  2408 (B) info: b is slave
  2409 (C) info: b is up
  2409 (C) info: a majority is there again: writing
  2416 (E) info: b is up
  2416 (E) info: a majority is there again: writing
  2421 (A) info: b is up
  2422 (A) info: a majority is there again: writing
  2572 (B) warning: cut off from the majority: holding writes
  2572 (B) tells: fewer than 2 nodes heard for 90 ms
  2572 (C) warning: cut off from the majority: holding writes
  2572 (C) tells: fewer than 2 nodes heard for 90 ms
  2572 (E) warning: cut off from the majority: holding writes
  2572 (E) tells: fewer than 2 nodes heard for 90 ms
  2572 (A) warning: cut off from the majority: holding writes
  2572 (A) tells: fewer than 2 nodes heard for 90 ms
  2577 (D) info: b is up
  2751 (B) warning: MASTER is down! (a)
  2751 (B) info: orientating (silent, 1/2 nodes up) ...
  2751 (B) tells: a: silent
  2751 (B) info: subSlave went down, renegotiated to b
  2751 (D) warning: MASTER is down! (a)
  2751 (D) info: orientating (silent, 1/2 nodes up) ...
  2751 (D) tells: a: silent
  2751 (D) info: subSlave went down, renegotiated to b
  2751 (C) warning: MASTER is down! (a)
  2751 (C) info: orientating (silent, 1/2 nodes up) ...
  2751 (C) tells: a: silent
  2751 (C) info: subSlave went down, renegotiated to b
  2751 (E) warning: MASTER is down! (a)
  2751 (E) info: orientating (silent, 1/2 nodes up) ...
  2751 (E) tells: a: silent
  2751 (E) info: subSlave went down, renegotiated to b
  2751 (A) warning: MASTER is down! (a)
  2751 (A) info: orientating (silent, 1/2 nodes up) ...
  2751 (A) tells: a: silent
  2751 (A) info: subSlave went down, renegotiated to b
  2751 (A) warning: refusing to orientate without a majority up!
  2756 (C) warning: refusing to orientate without a majority up!
  2757 (D) warning: refusing to orientate without a majority up!
  2758 (E) warning: refusing to orientate without a majority up!
  2760 (B) warning: refusing to orientate without a majority up!
  2769 (D) info: a is up
  2769 (C) info: a is up
  2769 (A) info: a is up
  2769 (B) info: a is up
  2769 (E) info: a is up
  2769 (C) info: defaulting to master as subSlave
  2769 (C) info: ready, using a as master
  2769 (D) info: defaulting to master as subSlave
  2769 (D) info: ready, using a as master
  2769 (B) info: defaulting to master as subSlave
  2769 (B) info: ready, using a as master
  2769 (A) info: defaulting to master as subSlave
  2769 (A) info: ready, using a as master
  2769 (A) info: a majority is there again: writing
  2770 (C) info: a majority is there again: writing
  2770 (E) info: defaulting to master as subSlave
  2770 (E) info: ready, using a as master
  2770 (E) info: a majority is there again: writing
  3930 (B) info: renegotating subSlave away from master
  3930 (B) info: subSlave is now b
  3985 (A) info: renegotating subSlave away from master
  3985 (A) info: subSlave is now b
  4841 (E) info: renegotating subSlave away from master
  4841 (E) info: subSlave is now b
  5074 (D) info: renegotating subSlave away from master
  5074 (D) info: subSlave is now b
  5074 (C) info: renegotating subSlave away from master
  5074 (C) info: subSlave is now b
a: master, epoch 1, 0 keys
b: replica of a, linked, epoch 1, 0 keys
A: ready, uses a, epoch 1
B: ready, uses a, epoch 1
C: ready, uses a, epoch 1
D: ready, uses a, epoch 1
E: ready, uses a, epoch 1
