# Exactly one server has data: it is the master.
world nodes=3 clients=2
data c 7
start
await 1s settled
expect master c
expect c keys 7
expect a keys 7
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (B) warning: invalid master count: 0
   500 (B) info: attempting failover!
   500 (B) info: my failover id: <id 2>
   500 (B) info: failover already in progress: <id 1>
   500 (B) info: giving up: another client has the lock
   500 (A) info: lock was a success!
   500 (A) info: c had highest opcounter (0) of 3 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using c as master
   501 (A) info: publishing gossip:master for c
   501 (A) info: making a into a slave...
   501 (A) info: making b into a slave...
   501 (B) info: gossip said c was promoted!
   501 (B) debug: defaulting to master as subSlave
   501 (B) info: ready, using c as master
   501 (A) info: a is slave
   501 (A) info: b is slave
a: replica of c, linked, epoch 1, 7 keys
b: replica of c, linked, epoch 1, 7 keys
c: master, epoch 1, 7 keys
A: ready, uses c, epoch 1
B: ready, uses c, epoch 1
