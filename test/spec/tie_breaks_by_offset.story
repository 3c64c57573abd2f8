# Nobody writes, so both replicas have the same opcounter; but c has read a little more of the stream
# than b, which is the first by name. c is promoted, and b continues where it was: were it the other
# way round, c's history would be the longer one and a full synchronisation would throw it away.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
writes_off A
advance 50ms
cut b a
advance 500ms
mark
kill a
await 5s A master c
expect full_syncs 0
heal
await 3s settled
expect full_syncs 0
expect lost 0
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
  1572 (A) warning: MASTER is down! (a)
  1572 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1572 (A) tells: a: connection lost
  1572 (A) info: a is down (refused)
  2572 (A) warning: invalid master count: 0
  2572 (A) info: attempting failover!
  2572 (A) info: my failover id: <id 2>
  2572 (A) info: lock was a success!
  2574 (A) info: c had highest opcounter (106) of 2 nodes. congrats!
  2575 (A) debug: defaulting to master as subSlave
  2575 (A) info: ready, using c as master
  2575 (A) info: publishing gossip:master for c
  2575 (A) info: making b into a slave...
  2575 (A) info: b is slave
a: down
b: replica of c, linked, epoch 2, 106 keys
c: master, epoch 2, 106 keys
A: ready, uses c, epoch 2
