# Cut off together with a replica, a client does not hear of the master for a second. What it compared
# before that says nothing in the moment in which the master is heard of again (seed 7001033).
world nodes=2 clients=3 seed=7001033 latency=26us retransmit=136455us writes=41426us reads replica_reads=26015us max_lag=816
start B
advance 200ms
peace
settle 40s
cut b,B a,C
advance 880ms
peace
settle 40s
----
     0 (B) warning: looking for master: no group yet, waiting for every node to answer
   200 (A) info: a is up
   200 (A) info: b is up
   200 (C) info: a is up
   200 (C) info: b is up
   230 (B) info: a is up
   443 (B) info: b is up
   443 (B) warning: invalid master count: 0
   443 (B) info: attempting failover!
   443 (B) info: my failover id: <id 1>
   443 (B) info: lock was a success!
   443 (C) warning: looking for master: no group yet, waiting for every node to answer
   443 (A) warning: looking for master: no group yet, waiting for every node to answer
   443 (B) info: a had highest opcounter (0) of 2 nodes. congrats!
   443 (C) info: failover already in progress: <id 1>
   443 (A) info: failover already in progress: <id 1>
   443 (B) debug: defaulting to master as subSlave
   443 (B) info: ready, using a as master
   443 (B) info: publishing gossip:master for a
   443 (B) info: making b into a slave...
   443 (A) info: gossip said a was promoted!
   443 (C) info: gossip said a was promoted!
   443 (A) debug: defaulting to master as subSlave
   443 (A) info: ready, using a as master
   443 (C) debug: defaulting to master as subSlave
   443 (C) info: ready, using a as master
   443 (B) info: b is slave
   473 (B) info: renegotating subSlave away from master
   473 (B) info: subSlave is now b
   473 (A) info: renegotating subSlave away from master
   473 (A) info: subSlave is now b
   473 (C) info: renegotating subSlave away from master
   473 (C) info: subSlave is now b
  1871 (B) warning: cut off from the majority: holding writes
  1871 (B) tells: fewer than 2 nodes heard for 300 ms
  1876 (C) warning: cut off from the majority: holding writes
  1876 (C) tells: fewer than 2 nodes heard for 300 ms
  2101 (C) info: defaulting to master as subSlave
  2101 (A) info: defaulting to master as subSlave
  2372 (B) info: a majority is there again: writing
  2383 (C) info: a majority is there again: writing
  2456 (A) info: renegotating subSlave away from master
  2456 (A) info: subSlave is now b
  2456 (C) info: renegotating subSlave away from master
  2456 (C) info: subSlave is now b
a: master, epoch 1, 179 keys
b: replica of a, linked, epoch 1, 179 keys
A: ready, uses a, epoch 1
B: ready, uses a, epoch 1
C: ready, uses a, epoch 1
