# A client alone is cut from the master. The other one's heartbeats come through the master to the
# replicas, idle as it is: nobody is deposed. When nobody else is there, the replicas alone vouch no
# longer than a few times down_after.
world nodes=3 clients=2 down_after=300ms
start
await 1s settled
advance 1s
mark
cut A a
advance 5s
expect promotions 0
expect B master a
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
  1410 (A) warning: MASTER is down! (a)
  1410 (A) info: orientating (silent, 2/3 nodes up) ...
  1410 (A) tells: a: silent
  1423 (A) warning: others still hear the master: waiting
  1423 (A) info: gossip said a was promoted!
  3420 (A) debug: hastening reconnect...

kill B
await 10s A master b
expect promotions 1
heal
await 2s settled
----
  6369 (A) warning: invalid master count: 0
  6369 (A) info: attempting failover!
  6369 (A) info: my failover id: <id 3>
  6369 (A) info: lock was a success!
  6371 (A) info: b had highest opcounter (0) of 2 nodes. congrats!
  6372 (A) debug: defaulting to master as subSlave
  6372 (A) info: ready, using b as master
  6372 (A) info: publishing gossip:master for b
  6372 (A) info: making c into a slave...
  6372 (A) info: a is up
  6372 (A) info: c is slave
  6372 (A) warning: master conflict detected
  6372 (A) info: making a into a slave...
  6373 (A) info: a is slave
  6390 (A) info: renegotating subSlave away from master
  6390 (A) info: subSlave is now c
a: replica of b, linked, epoch 2, 0 keys
b: master, epoch 2, 0 keys
c: replica of b, linked, epoch 2, 0 keys
A: ready, uses b, epoch 2
B: dead
