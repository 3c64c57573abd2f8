# Who begins to subscribe has missed nothing: heartbeats of an earlier master that its source has not heard
# were there before it asked for anything (invariant 14, seed 920381).
world nodes=3 clients=3 subscribers
start a empty
start b empty
start c empty
start C
unsubscribe C
advance 100ms
restart a rebased_older within_promise
cut b > c
advance 100ms
kill b
advance 1ms
peace C 1629885us
settle 40s
rest 1200ms
----
     0 (C) info: a is up
     0 (C) info: b is up
     0 (C) info: c is up
     0 (C) warning: invalid master count: 0
     0 (C) info: attempting failover!
     0 (C) info: my failover id: <id 1>
     0 (C) info: lock was a success!
     1 (C) info: a had highest opcounter (0) of 3 nodes. congrats!
     1 (C) debug: defaulting to master as subSlave
     1 (C) info: ready, using a as master
     1 (C) info: publishing gossip:master for a
     1 (C) info: making b into a slave...
     1 (C) info: making c into a slave...
     2 (C) info: b is slave
     2 (C) info: c is slave
    88 (C) info: renegotating subSlave away from master
    88 (C) info: subSlave is now c
   100 (C) warning: MASTER is down! (a)
   100 (C) info: orientating (connection lost, 2/3 nodes up) ...
   100 (C) tells: a: connection lost
   100 (C) warning: invalid master count: 0
   100 (C) info: attempting failover!
   100 (C) info: my failover id: <id 2>
   100 (C) info: lock was a success!
   101 (C) info: b had highest opcounter (0) of 3 nodes. congrats!
   101 (C) debug: still using c as subSlave
   101 (C) info: ready, using b as master
   101 (C) info: publishing gossip:master for b
   101 (C) info: making a into a slave...
   101 (C) info: making c into a slave...
   102 (C) info: a is slave
   102 (C) info: c is slave
   200 (C) warning: MASTER is down! (b)
   200 (C) info: orientating (connection lost, 2/3 nodes up) ...
   200 (C) tells: b: connection lost
   200 (C) info: b is down (refused)
   200 (C) warning: invalid master count: 0
   200 (C) info: attempting failover!
   200 (C) info: my failover id: <id 3>
   200 (C) info: lock was a success!
   201 (C) info: a had highest opcounter (0) of 2 nodes. congrats!
   201 (A) info: a is up
   201 (A) info: b is up
   201 (A) info: c is up
   201 (B) info: a is up
   201 (B) info: b is up
   201 (B) info: c is up
   201 (A) info: failover already in progress: <id 3>
   201 (B) info: failover already in progress: <id 3>
   201 (C) debug: still using c as subSlave
   201 (C) info: ready, using a as master
   201 (C) info: publishing gossip:master for a
   201 (C) info: making c into a slave...
   201 (B) info: gossip said a was promoted!
   201 (A) info: gossip said a was promoted!
   201 (B) debug: defaulting to master as subSlave
   201 (B) info: ready, using a as master
   201 (B) info: making b into a slave...
   201 (A) debug: defaulting to master as subSlave
   201 (A) info: ready, using a as master
   201 (A) info: making b into a slave...
   201 (C) info: c is slave
   202 (A) debug: giving up: another client has the lock
   202 (B) info: b is slave
   208 (C) info: b is up
   267 (A) info: making b into a slave...
   267 (A) info: b is slave
   295 (B) info: renegotating subSlave away from master
   295 (B) info: subSlave is now b
   295 (A) info: renegotating subSlave away from master
   295 (A) info: subSlave is now b
a: master, epoch 3, 0 keys
b: replica of a, linked, epoch 3, 0 keys
c: replica of a, linked, epoch 3, 0 keys
A: ready, uses a, epoch 3
B: ready, uses a, epoch 3
C: ready, uses a, epoch 3
