# Two clients write back a record that somebody flushed away, one right behind the other. The second used to
# set the counter as it knew it, below what had been counted since: a replica seemed to have a write of its
# own that it lacked (invariant 16, seed 34289).
world nodes=3 clients=3 seed=34289 durable down_after=300ms latency=32us jitter=560us sync=1000us writes=57465us flush=2 calm=5 torn=8 queue=8 subscribers txns=108212us reads replica_reads=44355us
async A
start A
advance 289us
start B
advance 875136us
peace b 237820us
settle 40s
advance 405ms
settle 40s
advance 17ms
flushall a within_promise
advance 5ms
cut a > b
advance 100ms
----
     0 (A) warning: looking for master: no group yet, waiting for every node to answer
     1 (B) warning: looking for master: no group yet, waiting for every node to answer
   875 (C) info: a is up
   876 (C) info: c is up
   876 (C) warning: looking for master: no group yet, waiting for every node to answer
   925 (B) info: c is up
   930 (A) info: a is up
   933 (A) info: c is up
  1041 (B) info: a is up
  1127 (C) info: b is up
  1128 (C) warning: invalid master count: 0
  1128 (C) info: attempting failover!
  1128 (C) info: my failover id: <id 1>
  1130 (C) info: lock was a success!
  1131 (C) info: a had highest opcounter (0) of 3 nodes. congrats!
  1132 (C) debug: defaulting to master as subSlave
  1132 (C) info: ready, using a as master
  1132 (C) info: publishing gossip:master for a
  1132 (C) info: making b into a slave...
  1132 (C) info: making c into a slave...
  1133 (B) debug: defaulting to master as subSlave
  1133 (B) info: ready, using a as master
  1133 (A) debug: defaulting to master as subSlave
  1133 (A) info: ready, using a as master
  1133 (C) info: b is slave
  1134 (C) info: c is slave
  1138 (C) info: renegotating subSlave away from master
  1138 (C) info: subSlave is now b
  1139 (A) info: renegotating subSlave away from master
  1139 (A) info: subSlave is now c
  1139 (B) info: renegotating subSlave away from master
  1139 (B) info: subSlave is now c
  1245 (B) info: b is up
  1308 (A) info: b is up
  2610 (B) info: completing the record of a
  2610 (A) info: completing the record of a
  2611 (A) debug: giving up: another client has the lock
  2612 (B) info: the record of a is complete
  2616 (A) info: completing the record of a
  2617 (A) info: the record of a is complete
a: master, epoch 1, 6 keys
b: replica of a, linked, epoch 1, 0 keys
c: replica of a, linked, epoch 1, 6 keys
A: ready, uses a, epoch 1
B: ready, uses a, epoch 1
C: ready, uses a, epoch 1
