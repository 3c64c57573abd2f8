# During a deployment one client lists three of the five nodes. It routes, but neither coordinates nor
# acknowledges durable writes; the five-node clients decide.
world nodes=5 clients=3 writes=5ms durable
list C 3
start
await 2s settled
advance 500ms
expect C not_durable
expect A durable
mark
kill a
await 100ms A master b
expect promotions 1
await 2s C master b
expect C not_durable
expect C silent
await 1s settled
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (A) info: d is up
     0 (A) info: e is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
     0 (B) info: d is up
     0 (B) info: e is up
     0 (C) info: a is up
     0 (C) info: b is up
     0 (C) info: c is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (B) warning: invalid master count: 0
   500 (B) info: attempting failover!
   500 (B) info: my failover id: <id 2>
   500 (C) warning: invalid master count: 0
   500 (C) info: attempting failover!
   500 (C) info: my failover id: <id 3>
   500 (B) info: failover already in progress: <id 1>
   500 (B) info: giving up: another client has the lock
   500 (C) info: failover already in progress: <id 1>
   500 (C) info: giving up: another client has the lock
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 5 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: making d into a slave...
   501 (A) info: making e into a slave...
   501 (B) info: gossip said a was promoted!
   501 (C) info: gossip said a was promoted!
   501 (B) debug: defaulting to master as subSlave
   501 (B) info: ready, using a as master
   501 (C) debug: defaulting to master as subSlave
   501 (C) info: ready, using a as master
   501 (C) warning: the group lists other nodes than I do: only watching
   501 (C) tells: the group lists other nodes than this client: it will not take part in elections
   501 (A) info: b is slave
   501 (A) info: c is slave
   501 (A) info: d is slave
   501 (A) info: e is slave
   587 (A) info: renegotating subSlave away from master
   587 (A) info: subSlave is now e
   587 (B) info: renegotating subSlave away from master
   587 (B) info: subSlave is now e
   587 (C) info: renegotating subSlave away from master
   587 (C) info: subSlave is now c
  1022 (B) warning: MASTER is down! (a)
  1022 (B) info: orientating (connection lost, 4/5 nodes up) ...
  1022 (B) tells: a: connection lost
  1022 (C) warning: MASTER is down! (a)
  1022 (C) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (C) tells: a: connection lost
  1022 (A) warning: MASTER is down! (a)
  1022 (A) info: orientating (connection lost, 4/5 nodes up) ...
  1022 (A) tells: a: connection lost
  1022 (B) info: a is down (refused)
  1022 (C) info: a is down (refused)
  1022 (A) info: a is down (refused)
  1022 (A) warning: invalid master count: 0
  1022 (A) info: attempting failover!
  1022 (A) info: my failover id: <id 4>
  1022 (A) info: lock was a success!
  1023 (A) info: b had highest opcounter (207) of 4 nodes. congrats!
  1023 (A) debug: still using e as subSlave
  1023 (A) info: ready, using b as master
  1023 (A) info: publishing gossip:master for b
  1023 (A) info: making c into a slave...
  1023 (A) info: making d into a slave...
  1023 (A) info: making e into a slave...
  1023 (B) info: gossip said b was promoted!
  1023 (C) info: gossip said b was promoted!
  1023 (B) debug: still using e as subSlave
  1023 (B) info: ready, using b as master
  1023 (C) debug: still using c as subSlave
  1023 (C) info: ready, using b as master
  1023 (C) warning: the group lists other nodes than I do: only watching
  1023 (C) tells: the group lists other nodes than this client: it will not take part in elections
  1023 (A) info: c is slave
  1023 (A) info: d is slave
  1023 (A) info: e is slave
a: down
b: master, epoch 2, 207 keys
c: replica of b, linked, epoch 2, 207 keys
d: replica of b, linked, epoch 2, 207 keys
e: replica of b, linked, epoch 2, 207 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
C: ready, uses b, epoch 2
