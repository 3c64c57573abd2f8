# A client that reaches one node of three does not lock it again and again.
world nodes=3 clients=2 writes=5ms down_after=300ms
start
await 1s settled
advance 500ms
cut A a,c
advance 5s
expect b unlocked
expect B writes
expect promotions 1
kill a
await 1s B master b
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
   765 (A) warning: cut off from the majority: holding writes
   765 (A) tells: fewer than 2 nodes heard for 90 ms
   849 (A) info: c is down (silent)
   944 (A) warning: MASTER is down! (a)
   944 (A) info: orientating (silent, 1/3 nodes up) ...
   944 (A) tells: a: silent
   944 (A) warning: others still hear the master: waiting
   946 (A) info: gossip said a was promoted!
  2957 (A) debug: hastening reconnect...
  3966 (A) debug: hastening reconnect...
  4993 (A) debug: hastening reconnect...
  5649 (B) warning: MASTER is down! (a)
  5649 (B) info: orientating (connection lost, 2/3 nodes up) ...
  5649 (B) tells: a: connection lost
  5649 (B) info: a is down (refused)
  5649 (B) warning: invalid master count: 0
  5649 (B) info: attempting failover!
  5649 (B) info: my failover id: <id 3>
  5649 (B) info: lock was a success!
  5650 (B) info: b had highest opcounter (1231) of 2 nodes. congrats!
  5650 (B) debug: still using c as subSlave
  5650 (B) info: ready, using b as master
  5650 (B) info: publishing gossip:master for b
  5650 (B) info: making c into a slave...
a: down
b: master, epoch 2, locked, 1231 keys
c: sealed, epoch 1, locked, 1231 keys
A: no quorum
B: ready, uses b, epoch 2
