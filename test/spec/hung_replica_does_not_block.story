# A stopped replica answers nothing. Every step has a deadline: the election goes on without it.
world nodes=3 clients=2 writes=5ms down_after=300ms
start
await 1s settled
advance 500ms
stop b
advance 2s
mark
kill a
await 1s A pause no_master
expect promotions 0
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
   803 (A) info: subSlave b hears nothing
   803 (A) info: subSlave is now c
   840 (B) info: b is down (silent)
   849 (A) info: b is down (silent)
  2649 (B) warning: MASTER is down! (a)
  2649 (B) info: orientating (connection lost, 1/3 nodes up) ...
  2649 (B) tells: a: connection lost
  2649 (A) warning: MASTER is down! (a)
  2649 (A) info: orientating (connection lost, 1/3 nodes up) ...
  2649 (A) tells: a: connection lost
  2649 (B) info: a is down (refused)
  2649 (A) info: a is down (refused)
  2649 (A) warning: refusing to orientate without a majority up!

# Only c is left of three: no majority. With b awake again there is one.
advance 1s
expect promotions 0
continue b
await 1s settled
expect promotions 1
----
  2654 (B) warning: refusing to orientate without a majority up!
  3649 (B) info: b is up
  3649 (A) info: b is up
  3649 (B) warning: invalid master count: 0
  3649 (B) info: attempting failover!
  3649 (B) info: my failover id: <id 3>
  3649 (A) warning: invalid master count: 0
  3649 (A) info: attempting failover!
  3649 (A) info: my failover id: <id 4>
  3650 (A) info: failover already in progress: <id 3>
  3650 (A) info: giving up: another client has the lock
  3650 (B) info: lock was a success!
  3650 (B) info: b had highest opcounter (1021) of 2 nodes. congrats!
  3651 (B) debug: still using c as subSlave
  3651 (B) info: ready, using b as master
  3651 (B) info: publishing gossip:master for b
  3651 (B) info: making c into a slave...
  3651 (A) info: gossip said b was promoted!
  3651 (A) debug: still using c as subSlave
  3651 (A) info: ready, using b as master
  3651 (B) info: c is slave
a: down
b: master, epoch 2, 1021 keys
c: replica of b, linked, epoch 2, 1021 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
