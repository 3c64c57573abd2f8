# The master cannot take a lock, for it is full; then it hangs. Its replicas can be locked.
world nodes=3 clients=1 writes=5ms down_after=300ms
start
await 1s settled
advance 500ms
full a
advance 200ms
stop a
await 2s A master b
not_full a
continue a
await 2s settled
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
   127 (A) warning: invalid master count: 0
   127 (A) info: attempting failover!
   127 (A) info: my failover id: <id 1>
   127 (A) info: lock was a success!
   127 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   128 (A) debug: defaulting to master as subSlave
   128 (A) info: ready, using a as master
   128 (A) info: publishing gossip:master for a
   128 (A) info: making b into a slave...
   128 (A) info: making c into a slave...
   128 (A) info: b is slave
   128 (A) info: c is slave
   150 (A) info: renegotating subSlave away from master
   150 (A) info: subSlave is now b
  1148 (A) warning: MASTER is down! (a)
  1148 (A) info: orientating (silent, 2/3 nodes up) ...
  1148 (A) tells: a: silent
  1148 (A) warning: invalid master count: 0
  1148 (A) info: attempting failover!
  1148 (A) info: my failover id: <id 2>
  1148 (A) info: lock was a success!
  1150 (A) info: b had highest opcounter (106) of 2 nodes. congrats!
  1151 (A) debug: defaulting to master as subSlave
  1151 (A) info: ready, using b as master
  1151 (A) info: publishing gossip:master for b
  1151 (A) info: making c into a slave...
  1151 (A) info: a is up
  1151 (A) info: c is slave
  1151 (A) warning: a has 64 writes that nobody else has
  1151 (A) tells: a has 64 writes that nobody else has: they are dropped
  1151 (A) warning: master conflict detected
  1151 (A) info: making a into a slave...
  1152 (A) info: a is slave
  1170 (A) info: renegotating subSlave away from master
  1170 (A) info: subSlave is now c
a: replica of b, linked, epoch 2, 109 keys
b: master, epoch 2, 109 keys
c: replica of b, linked, epoch 2, 109 keys
A: ready, uses b, epoch 2
