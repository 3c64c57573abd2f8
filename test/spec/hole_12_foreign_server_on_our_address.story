# The address of c now belongs to a Redis of somebody else, with data of its own. It is left alone.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
kill c
foreign c 42
advance 5s
expect c keys 42
expect c master
expect A writes
expect promotions 1
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
  1022 (A) warning: c holds data of another group: leaving it alone
  1022 (A) tells: c holds 42 keys that are not this group's: it is left alone
  1607 (A) info: subSlave c hears nothing
  1607 (A) info: subSlave is now b
a: master, epoch 1, 1110 keys
b: replica of a, linked, epoch 1, 1110 keys
c: master, no record, 42 keys
A: ready, uses a, epoch 1
