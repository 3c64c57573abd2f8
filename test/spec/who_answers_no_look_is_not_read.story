# What a client asks the nodes for takes longer than it waits for, though what it reads there comes: it
# hears them, and does not know what they have become. They used to be read for as long as that went on.
world nodes=3 clients=2 down_after=300ms reads replica_reads=17ms
start
await 2s settled
await 200ms B reads b,c
slow B 221101us
await 500ms B reads none
slow B 0ms
await 500ms B reads b,c
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
   150 (B) info: renegotating subSlave away from master
   150 (B) info: subSlave is now b
a: master, epoch 1, 0 keys
b: replica of a, linked, epoch 1, 0 keys
c: replica of a, linked, epoch 1, 0 keys
A: ready, uses a, epoch 1
B: ready, uses a, epoch 1
