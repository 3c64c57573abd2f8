# The promotion waits in the socket of a stopped node while the lock expires and others elect. When
# the node goes on, EXEC finds its WATCH broken.
world nodes=3 clients=2 writes=5ms down_after=300ms
start
await 2s settled
advance 500ms
mark
when b before promote: stop b
kill a
advance 1s
start a
advance 5s
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
   127 (A) warning: invalid master count: 0
   127 (A) info: attempting failover!
   127 (A) info: my failover id: <id 1>
   127 (B) warning: invalid master count: 0
   127 (B) info: attempting failover!
   127 (B) info: my failover id: <id 2>
   127 (B) info: failover already in progress: <id 1>
   127 (B) info: giving up: another client has the lock
   127 (A) info: lock was a success!
   127 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   128 (A) debug: defaulting to master as subSlave
   128 (A) info: ready, using a as master
   128 (A) info: publishing gossip:master for a
   128 (A) info: making b into a slave...
   128 (A) info: making c into a slave...
   128 (B) info: gossip said a was promoted!
   128 (B) debug: defaulting to master as subSlave
   128 (B) info: ready, using a as master
   128 (A) info: b is slave
   128 (A) info: c is slave
   150 (A) info: renegotating subSlave away from master
   150 (A) info: subSlave is now b
   156 (B) info: renegotating subSlave away from master
   156 (B) info: subSlave is now c
   649 (B) warning: MASTER is down! (a)
   649 (B) info: orientating (connection lost, 2/3 nodes up) ...
   649 (B) tells: a: connection lost
   649 (A) warning: MASTER is down! (a)
   649 (A) info: orientating (connection lost, 2/3 nodes up) ...
   649 (A) tells: a: connection lost
   649 (B) info: a is down (refused)
   649 (A) info: a is down (refused)
   649 (A) warning: invalid master count: 0
   649 (A) info: attempting failover!
   649 (A) info: my failover id: <id 3>
   649 (A) info: lock was a success!
   650 (A) info: b had highest opcounter (212) of 2 nodes. congrats!
   650 now: stop b
   840 (B) info: b is down (silent)
   840 (B) warning: refusing to orientate without a majority up!
   950 (A) info: b is down (silent)
   950 (A) info: giving up: the promotion was not answered
   950 (A) info: subSlave went down, renegotiated to c
   971 (A) warning: refusing to orientate without a majority up!
  1816 (B) info: a is up
  1816 (B) warning: invalid master count: 0
  1816 (B) info: attempting failover!
  1816 (B) info: my failover id: <id 4>
  1816 (B) info: lock was a success!
  1817 (B) info: c had highest opcounter (212) of 2 nodes. congrats!
  1817 (B) debug: defaulting to master as subSlave
  1817 (B) info: ready, using c as master
  1817 (B) info: publishing gossip:master for c
  1817 (B) info: making a into a slave...
  1817 (A) info: gossip said c was promoted!
  1818 (B) info: a is slave
  1818 (A) debug: defaulting to master as subSlave
  1818 (A) info: ready, using c as master
  1824 (B) info: a majority is there again: writing
  1824 (B) info: renegotating subSlave away from master
  1824 (B) info: subSlave is now a
  1913 (A) info: a is up
  1913 (A) info: a majority is there again: writing
  1920 (A) info: renegotating subSlave away from master
  1920 (A) info: subSlave is now a

continue b
await 5s settled
expect promotions 1
await 1s A writes
----
  6649 (B) info: b is up
  6649 (A) info: b is up
  6649 (B) info: making b into a slave...
  6649 (A) info: making b into a slave...
  6649 (A) debug: giving up: another client has the lock
  6649 (B) info: b is slave
a: replica of c, linked, epoch 3, 2117 keys
b: replica of c, linked, epoch 3, 2117 keys
c: master, epoch 3, 2117 keys
A: ready, uses c, epoch 3
B: ready, uses c, epoch 3
