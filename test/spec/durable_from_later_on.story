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
    83 (C) info: renegotating subSlave away from master
    83 (C) info: subSlave is now c
    90 (B) info: planned switchover from a to c
    90 (B) info: my failover id: <id 2>
    90 (B) info: renegotating subSlave away from master
    90 (B) info: subSlave is now c
    90 (B) info: lock was a success!
    91 (B) info: c has all of a. congrats!
    92 (B) debug: defaulting to master as subSlave
    92 (B) info: ready, using c as master
    92 (B) info: publishing gossip:master for c
    92 (B) done, ok: c is master
    92 (B) info: making a into a slave...
    92 (B) info: making b into a slave...
    92 (C) info: gossip said c was promoted!
    92 (C) info: switching master...
    92 (C) tells: a is no longer master
    92 (A) info: gossip said c was promoted!
    92 (A) info: switching master...
    92 (A) tells: a is no longer master
    93 (C) debug: defaulting to master as subSlave
    93 (C) info: ready, using c as master
    93 (A) debug: still using a as subSlave
    93 (A) info: ready, using c as master
    93 (B) info: b is slave
    93 (B) info: a is slave
   100 (B) info: completing the record of c
   100 (B) info: the record of c is complete
   117 (C) info: renegotating subSlave away from master
   117 (C) info: subSlave is now a
   117 (B) info: renegotating subSlave away from master
   117 (B) info: subSlave is now a
   200 (A) warning: MASTER is down! (c)
   200 (A) info: orientating (connection lost, 2/3 nodes up) ...
   200 (A) tells: c: connection lost
   200 (B) warning: MASTER is down! (c)
   200 (B) info: orientating (connection lost, 2/3 nodes up) ...
   200 (B) tells: c: connection lost
   200 (C) warning: MASTER is down! (c)
   200 (C) info: orientating (connection lost, 1/3 nodes up) ...
   200 (C) tells: c: connection lost
   200 (A) info: c is down (refused)
   200 (B) info: c is down (refused)
   200 (C) info: c is down (refused)
   200 (B) warning: invalid master count: 0
   200 (B) info: attempting failover!
   200 (B) info: my failover id: <id 3>
   200 (C) warning: invalid master count: 0
   200 (C) info: attempting failover!
   200 (C) info: my failover id: <id 4>
   200 (A) warning: invalid master count: 0
   200 (A) info: attempting failover!
   200 (A) info: my failover id: <id 5>
   200 (B) info: giving up: too few locks
   201 (A) info: failover already in progress: <id 3>
   201 (A) info: giving up: another client has the lock
   201 (C) info: failover already in progress: <id 3>
   201 (C) info: giving up: another client has the lock
   207 (A) warning: invalid master count: 0
   207 (A) info: attempting failover!
   207 (A) info: my failover id: <id 6>
   207 (A) info: giving up: too few locks
   213 (B) warning: invalid master count: 0
   213 (B) info: attempting failover!
   213 (B) info: my failover id: <id 7>
   213 (B) info: giving up: too few locks
   226 (C) warning: invalid master count: 0
   226 (C) info: attempting failover!
   226 (C) info: my failover id: <id 8>
   226 (C) info: giving up: too few locks
   230 (A) warning: invalid master count: 0
   230 (A) info: attempting failover!
   230 (A) info: my failover id: <id 9>
   230 (A) info: giving up: too few locks
   242 (B) warning: invalid master count: 0
   242 (B) info: attempting failover!
   242 (B) info: my failover id: <id 10>
   242 (B) info: giving up: too few locks
   272 (A) warning: invalid master count: 0
   272 (A) info: attempting failover!
   272 (A) info: my failover id: <id 11>
   272 (A) info: lock was a success!
   273 (A) info: b had highest opcounter (0) of 2 nodes. congrats!
   273 (A) debug: still using a as subSlave
   273 (A) info: ready, using b as master
   273 (A) info: publishing gossip:master for b
   273 (A) info: making a into a slave...
   274 (C) info: gossip said b was promoted!
   274 (B) info: gossip said b was promoted!
   274 (A) info: a is slave
   274 (B) debug: still using a as subSlave
   274 (B) info: ready, using b as master
   274 (C) debug: still using a as subSlave
   274 (C) info: ready, using b as master
   300 (B) info: completing the record of b
   301 (B) info: the record of b is complete

# With all of them back the promise is given.
heal
start c
await 5s settled
expect B durable
----
  1266 (A) info: c is up
  1296 (A) warning: c has 1000000003 writes that nobody else has
  1296 (A) tells: c has 1000000003 writes that nobody else has: they are dropped
  1296 (A) info: making c into a slave...
  1296 (A) info: c is slave
a: replica of b, linked, epoch 3, 56 keys
b: master, epoch 3, 56 keys
c: replica of b, linked, epoch 3, 56 keys
A: ready, uses b, epoch 3
B: ready, uses b, epoch 3
C: ready, uses b, epoch 3
