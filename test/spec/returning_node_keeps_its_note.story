# A node is back and is made a slave; its first synchronisation takes away the note that its process
# starts sealed. Whoever made it a slave writes the note again as soon as the link is up: another
# client, that meets the node later, would else hold back its durable writes for a fifth of a second.
world nodes=3 clients=2 durable writes=10ms down_after=300ms subscribers
start
await 2s settled
advance 450ms
kill a
advance 40ms
switchover B
advance 450ms
switchover B
start a
mark
await 1s settled
advance 600ms
expect B gap < 60ms
expect settled
expect durable_lost 0
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
   628 (B) warning: MASTER is down! (a)
   628 (B) info: orientating (connection lost, 2/3 nodes up) ...
   628 (B) tells: a: connection lost
   628 (A) warning: MASTER is down! (a)
   628 (A) info: orientating (connection lost, 2/3 nodes up) ...
   628 (A) tells: a: connection lost
   628 (B) info: a is down (refused)
   628 (A) info: a is down (refused)
   628 (A) warning: invalid master count: 0
   628 (A) info: attempting failover!
   628 (A) info: my failover id: <id 3>
   629 (A) info: lock was a success!
   629 (A) info: b had highest opcounter (100) of 2 nodes. congrats!
   630 (A) debug: defaulting to master as subSlave
   630 (A) info: ready, using b as master
   630 (A) info: publishing gossip:master for b
   630 (A) info: making c into a slave...
   630 (B) debug: still using c as subSlave
   630 (B) info: ready, using b as master
   630 (A) info: c is slave
   652 (A) info: renegotating subSlave away from master
   652 (A) info: subSlave is now c
   668 (B) info: planned switchover from b to c
   668 (B) info: my failover id: <id 4>
   669 (B) info: lock was a success!
   670 (B) info: c has all of b. congrats!
   670 (B) debug: defaulting to master as subSlave
   670 (B) info: ready, using c as master
   670 (B) info: publishing gossip:master for c
   670 (B) done, ok: c is master
   670 (B) info: making b into a slave...
   670 (A) info: gossip said c was promoted!
   670 (A) info: switching master...
   670 (A) tells: b is no longer master
   671 (A) debug: defaulting to master as subSlave
   671 (A) info: ready, using c as master
   671 (B) info: b is slave
   690 (B) info: renegotating subSlave away from master
   690 (B) info: subSlave is now b
   696 (A) info: renegotating subSlave away from master
   696 (A) info: subSlave is now b
  1118 (B) info: planned switchover from c to b
  1118 (B) info: my failover id: <id 5>
  1119 (B) info: lock was a success!
  1120 (A) info: switching master...
  1120 (A) tells: c is no longer master
  1120 (B) info: b has all of c. congrats!
  1120 (A) info: failover already in progress: <id 5>
  1120 (B) debug: defaulting to master as subSlave
  1120 (B) info: ready, using b as master
  1120 (B) info: publishing gossip:master for b
  1120 (B) done, ok: b is master
  1120 (B) info: making c into a slave...
  1120 (A) info: gossip said b was promoted!
  1121 (A) debug: defaulting to master as subSlave
  1121 (A) info: ready, using b as master
  1121 (B) info: c is slave
  1139 (B) info: a is up
  1139 (B) info: renegotating subSlave away from master
  1139 (B) info: subSlave is now c
  1145 (A) info: renegotating subSlave away from master
  1145 (A) info: subSlave is now c
  1169 (B) info: making a into a slave...
  1169 (B) info: a is slave
  1218 (A) info: a is up
a: replica of b, linked, epoch 4, 321 keys
b: master, epoch 4, 321 keys
c: replica of b, linked, epoch 4, 321 keys
A: ready, uses b, epoch 4
B: ready, uses b, epoch 4
