# The master feeds its replicas but no client can use it any more (maxclients, ACL). The replicas
# vouch for a while, then somebody else is elected.
world nodes=3 clients=2 writes=5ms down_after=300ms
start
await 1s settled
advance 500ms
mark
refuses_us a
kick a
advance 250ms
expect promotions 0
await 5s master b
expect promotions 1
await 1s A writes
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
   649 (B) info: a is down (connection lost)
   649 (A) info: a is down (connection lost)
   949 (A) warning: invalid master count: 0
   949 (A) info: attempting failover!
   949 (A) info: my failover id: <id 3>
   949 (B) warning: invalid master count: 0
   949 (B) info: attempting failover!
   949 (B) info: my failover id: <id 4>
   949 (B) info: failover already in progress: <id 3>
   949 (B) info: giving up: another client has the lock
   949 (A) info: lock was a success!
   951 (A) info: b had highest opcounter (212) of 2 nodes. congrats!
   952 (A) debug: defaulting to master as subSlave
   952 (A) info: ready, using b as master
   952 (A) info: publishing gossip:master for b
   952 (A) info: making c into a slave...
   952 (B) info: gossip said b was promoted!
   952 (B) debug: still using c as subSlave
   952 (B) info: ready, using b as master
   952 (A) info: c is slave
a: master, epoch 1, 212 keys
b: master, epoch 2, 213 keys
c: replica of b, linked, epoch 2, 213 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
