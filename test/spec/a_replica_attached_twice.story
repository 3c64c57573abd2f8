# A cut ends, the replica comes back, and its master still counts the link from before. Of three nodes
# one acknowledgement is asked for, and a node that is counted twice is one: writes go on. Of five two
# are asked for: nothing is durable until the dead link is gone.
world nodes=3 clients=1 writes=5ms durable
start
await 2s settled
expect A durable
doubled a 1
advance 1s
expect A durable
expect A writes
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: b is slave
   501 (A) info: c is slave
   579 (A) info: renegotating subSlave away from master
   579 (A) info: subSlave is now c

world nodes=5 clients=1 writes=5ms durable
start
await 2s settled
expect A durable
doubled a 1
await 2s A not_durable
advance 100ms
mark
advance 1s
expect A silent
doubled a 0
await 2s A durable
await 1s A writes
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (A) info: d is up
     0 (A) info: e is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 2>
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 5 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: making d into a slave...
   501 (A) info: making e into a slave...
   501 (A) info: b is slave
   501 (A) info: c is slave
   501 (A) info: d is slave
   501 (A) info: e is slave
   578 (A) info: renegotating subSlave away from master
   578 (A) info: subSlave is now e
a: master, epoch 1, 21 keys
b: replica of a, linked, epoch 1, 21 keys
c: replica of a, linked, epoch 1, 21 keys
d: replica of a, linked, epoch 1, 21 keys
e: replica of a, linked, epoch 1, 21 keys
A: ready, uses a, epoch 1
