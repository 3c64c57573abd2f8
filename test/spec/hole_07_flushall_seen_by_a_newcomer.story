# A client that has just started sees the flushed master: its epoch is gone. It does not depose it for
# an older one; those who know write the record back.
world nodes=3 clients=2 writes=5ms durable
start a b c A
await 2s settled
advance 500ms
kill a
await 1s A master b
advance 100ms
mark
flushall b
start B
advance 5ms
start a
await 3s settled
expect master b
expect promotions 0
expect durable_lost 0
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
   576 (A) info: renegotating subSlave away from master
   576 (A) info: subSlave is now c
  1022 (A) warning: MASTER is down! (a)
  1022 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (A) tells: a: connection lost
  1022 (A) info: a is down (refused)
  1022 (A) warning: invalid master count: 0
  1022 (A) info: attempting failover!
  1022 (A) info: my failover id: <id 2>
  1022 (A) info: lock was a success!
  1023 (A) info: b had highest opcounter (105) of 2 nodes. congrats!
  1023 (A) debug: still using c as subSlave
  1023 (A) info: ready, using b as master
  1023 (A) info: publishing gossip:master for b
  1023 (A) info: making c into a slave...
  1023 (A) info: c is slave
  1123 (B) info: b is up
  1123 (B) info: c is up
  1123 (B) warning: looking for master: no group yet, waiting for every node to answer
  1138 (A) info: a is up
  1138 (A) info: completing the record of b
  1139 (A) info: the record of b is complete
  1143 (B) info: a is up
  1154 (B) info: subSlave is now c
  1154 (B) info: ready, using b as master
  1238 (A) info: making a into a slave...
  1238 (A) info: a is slave
  1254 (B) info: making a into a slave...
  1254 (B) info: a is slave
a: replica of b, linked, epoch 2, 6 keys
b: master, epoch 2, 6 keys
c: replica of b, linked, epoch 2, 6 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
