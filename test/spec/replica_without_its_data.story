# A replica was told to follow and does not get its data: a wrong masterauth answers OK all the same.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
cut b c
kill a
await 100ms A master b
advance 18s
expect c asking
heal
await 2s settled
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
  1023 (A) info: b had highest opcounter (106) of 2 nodes. congrats!
  1023 (A) debug: still using c as subSlave
  1023 (A) info: ready, using b as master
  1023 (A) info: publishing gossip:master for b
  1023 (A) info: making c into a slave...
  1023 (A) info: c is slave
  1606 (A) info: defaulting to master as subSlave
 16029 (A) warning: c follows b but does not get its data: masterauth?
 16029 (A) tells: c follows b but does not get its data: is its masterauth right?
 19023 (A) info: renegotating subSlave away from master
 19023 (A) info: subSlave is now c
a: down
b: master, epoch 2, 3717 keys
c: replica of b, linked, epoch 2, 3717 keys
A: ready, uses b, epoch 2
