# A group becomes durable only later, while b cannot follow: its record is of before. The first
# durable write would be with c and a alone; a starts again empty, c dies, and b, which knows of no
# durable write, would let the blank a count and be promoted without it. So no durable write is
# promised before each node at hand that has a record has this one. (Invariant 2, seed 201238.)
world nodes=3 clients=3 down_after=300ms jitter=94us load=42697us writes=53450us
start a empty
start b empty
start c empty
start A
start B
start C
cut b > c
switchover B
advance 100ms
durable B
advance 100ms
expect B not_durable
restart a empty within_promise
kill c
advance 1s
expect durable_lost 0
----
     0 (C) info: a is up
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (C) info: b is up
     0 (B) info: a is up
     0 (C) info: c is up
     0 (B) info: c is up
     0 (B) info: b is up
     0 (C) warning: looking for master: no group yet, a node is still loading its data
     0 (A) warning: looking for master: no group yet, a node is still loading its data
     0 (B) warning: looking for master: no group yet, a node is still loading its data
    60 (B) warning: invalid master count: 0
    60 (B) info: attempting failover!
    60 (B) info: my failover id: <id 1>
    60 (B) info: lock was a success!
    61 (C) warning: looking for master: no group yet, waiting for every node to answer
    61 (A) warning: looking for master: no group yet, waiting for every node to answer
    61 (B) info: a had highest opcounter (0) of 3 nodes. congrats!
    62 (C) info: failover already in progress: <id 1>
    62 (B) debug: defaulting to master as subSlave
    62 (B) info: ready, using a as master
    62 (B) info: publishing gossip:master for a
    62 (B) info: making b into a slave...
    62 (B) info: making c into a slave...
    62 (A) debug: defaulting to master as subSlave
    62 (A) info: ready, using a as master
    62 (C) info: gossip said a was promoted!
    62 (C) debug: defaulting to master as subSlave
    62 (C) info: ready, using a as master
    62 (B) info: c is slave
    62 (B) info: b is slave
    90 (B) info: renegotating subSlave away from master
    90 (B) info: subSlave is now b
    90 (B) info: planned switchover from a to b
    90 (B) info: my failover id: <id 2>
    90 (C) info: renegotating subSlave away from master
    90 (C) info: subSlave is now b
    90 (A) info: renegotating subSlave away from master
    90 (A) info: subSlave is now b
    90 (B) info: lock was a success!
    92 (B) info: b has all of a. congrats!
    93 (B) debug: defaulting to master as subSlave
    93 (B) info: ready, using b as master
    93 (B) info: publishing gossip:master for b
    93 (B) done, ok: b is master
    93 (B) info: making a into a slave...
    93 (B) info: making c into a slave...
    93 (A) info: gossip said b was promoted!
    93 (A) info: switching master...
    93 (A) tells: a is no longer master
    93 (C) info: gossip said b was promoted!
    93 (C) info: switching master...
    93 (C) tells: a is no longer master
    93 (C) debug: defaulting to master as subSlave
    93 (C) info: ready, using b as master
    93 (B) info: a is slave
    93 (A) debug: defaulting to master as subSlave
    93 (A) info: ready, using b as master
    93 (B) info: c is slave
    99 (C) info: renegotating subSlave away from master
    99 (C) info: subSlave is now a
   100 (A) info: renegotating subSlave away from master
   100 (A) info: subSlave is now a
   115 (B) info: renegotating subSlave away from master
   115 (B) info: subSlave is now a
   120 (B) info: completing the record of b
   121 (B) info: the record of b is complete
   200 (C) info: c is down (refused)
   200 (B) info: c is down (refused)
   200 (A) info: c is down (refused)
   372 (C) info: defaulting to master as subSlave
   372 (A) info: defaulting to master as subSlave
   372 (B) info: defaulting to master as subSlave

# With all of them back the promise is given.
heal
start c
await 5s settled
expect B durable
----
  1323 (B) info: c is up
  1330 (B) info: making a into a slave...
  1330 (B) info: a is slave
  1353 (B) info: making c into a slave...
  1353 (B) info: c is slave
  1354 (B) info: renegotating subSlave away from master
  1354 (B) info: subSlave is now c
a: replica of b, linked, epoch 2, 50 keys
b: master, epoch 2, 50 keys
c: replica of b, linked, epoch 2, 50 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
C: ready, uses b, epoch 2
