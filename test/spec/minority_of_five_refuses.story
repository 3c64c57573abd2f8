# Five nodes, three of them dead: two of five elect nobody. Service returns with the third.
world nodes=5 clients=2 writes=5ms down_after=300ms
start
await 1s settled
advance 500ms
mark
kill a
kill b
kill c
advance 5s
expect promotions 0
expect master none
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (A) info: d is up
     0 (A) info: e is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
     0 (B) info: d is up
     0 (B) info: e is up
   127 (A) warning: invalid master count: 0
   127 (A) info: attempting failover!
   127 (A) info: my failover id: <id 1>
   127 (B) warning: invalid master count: 0
   127 (B) info: attempting failover!
   127 (B) info: my failover id: <id 2>
   127 (B) info: failover already in progress: <id 1>
   127 (B) info: giving up: another client has the lock
   127 (A) info: lock was a success!
   127 (A) info: a had highest opcounter (0) of 5 nodes. congrats!
   128 (A) debug: defaulting to master as subSlave
   128 (A) info: ready, using a as master
   128 (A) info: publishing gossip:master for a
   128 (A) info: making b into a slave...
   128 (A) info: making c into a slave...
   128 (A) info: making d into a slave...
   128 (A) info: making e into a slave...
   128 (B) info: gossip said a was promoted!
   128 (B) debug: defaulting to master as subSlave
   128 (B) info: ready, using a as master
   128 (A) info: b is slave
   128 (A) info: c is slave
   128 (A) info: d is slave
   128 (A) info: e is slave
   150 (A) info: renegotating subSlave away from master
   150 (A) info: subSlave is now b
   157 (B) info: renegotating subSlave away from master
   157 (B) info: subSlave is now e
   649 (B) warning: MASTER is down! (a)
   649 (B) info: orientating (connection lost, 4/5 nodes up) ...
   649 (B) tells: a: connection lost
   649 (A) warning: MASTER is down! (a)
   649 (A) info: orientating (connection lost, 4/5 nodes up) ...
   649 (A) tells: a: connection lost
   649 (B) info: a is down (refused)
   649 (A) info: a is down (refused)
   649 (A) warning: refusing to orientate without a majority up!
   649 (B) info: b is down (refused)
   649 (A) info: b is down (refused)
   649 (A) info: subSlave went down, renegotiated to e
   649 (B) info: c is down (refused)
   649 (A) info: c is down (refused)
   655 (B) warning: refusing to orientate without a majority up!

start b
await 1s A writes
expect promotions 1
----
  5717 (A) info: b is up
  5717 (A) warning: invalid master count: 0
  5717 (A) info: attempting failover!
  5717 (A) info: my failover id: <id 3>
  5717 (A) info: lock was a success!
  5718 (A) info: d had highest opcounter (210) of 3 nodes. congrats!
  5718 (A) debug: still using e as subSlave
  5718 (A) info: ready, using d as master
  5718 (A) info: publishing gossip:master for d
  5718 (A) info: making b into a slave...
  5718 (A) info: making e into a slave...
  5718 (B) info: gossip said d was promoted!
  5719 (A) info: b is slave
  5719 (B) debug: still using e as subSlave
  5719 (B) info: ready, using d as master
  5719 (A) info: e is slave
  5725 (A) info: a majority is there again: writing
a: down
b: replica of d, linked, epoch 2, 211 keys
c: down
d: master, epoch 2, 211 keys
e: replica of d, linked, epoch 2, 211 keys
A: ready, uses d, epoch 2
B: no quorum, uses d, epoch 2
