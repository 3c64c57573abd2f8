# The master is killed and comes back with nothing, faster than anybody redials. It starts sealed, is
# no master until elected, and the data of the others survives.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 500ms
mark
kill a
start a empty
await 100ms master b
expect promotions 1
await 2s settled
expect durable_lost 0
expect a follows b
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
   500 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (B) info: gossip said a was promoted!
   501 (B) debug: defaulting to master as subSlave
   501 (B) info: ready, using a as master
   501 (A) info: b is slave
   501 (A) info: c is slave
   576 (A) info: renegotating subSlave away from master
   576 (A) info: subSlave is now c
   576 (B) info: renegotating subSlave away from master
   576 (B) info: subSlave is now c
  1022 (B) warning: MASTER is down! (a)
  1022 (B) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (B) tells: a: connection lost
  1022 (A) warning: MASTER is down! (a)
  1022 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (A) tells: a: connection lost
  1022 (A) warning: invalid master count: 0
  1022 (A) info: attempting failover!
  1022 (A) info: my failover id: <id 3>
  1022 (A) info: lock was a success!
  1023 (A) info: b had highest opcounter (213) of 3 nodes. congrats!
  1023 (A) debug: still using c as subSlave
  1023 (A) info: ready, using b as master
  1023 (A) info: publishing gossip:master for b
  1023 (A) info: making a into a slave...
  1023 (A) info: making c into a slave...
  1023 (B) info: gossip said b was promoted!
  1024 (B) debug: still using c as subSlave
  1024 (B) info: ready, using b as master
  1024 (A) info: a is slave
  1024 (A) info: c is slave
a: replica of b, linked, epoch 2, 220 keys
b: master, epoch 2, 220 keys
c: replica of b, linked, epoch 2, 220 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
