# The node that carries the subscriptions is promoted: they move off it, and the client is ready.
world nodes=3 clients=1 writes=5ms
priority c 50
start
await 1s settled
advance 500ms
expect A sub c
kill a
await 50ms master c
await 200ms A sub b
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
  1022 (A) warning: MASTER is down! (a)
  1022 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (A) tells: a: connection lost
  1022 (A) info: a is down (refused)
  1022 (A) warning: invalid master count: 0
  1022 (A) info: attempting failover!
  1022 (A) info: my failover id: <id 2>
  1022 (A) info: lock was a success!
  1023 (A) info: c had highest opcounter (106) of 2 nodes. congrats!
  1023 (A) debug: defaulting to master as subSlave
  1023 (A) info: ready, using c as master
  1023 (A) info: publishing gossip:master for c
  1023 (A) info: making b into a slave...
  1023 (A) info: b is slave
  1100 (A) info: renegotating subSlave away from master
  1100 (A) info: subSlave is now b
a: down
b: replica of c, linked, epoch 2, 120 keys
c: master, epoch 2, 120 keys
A: ready, uses c, epoch 2
