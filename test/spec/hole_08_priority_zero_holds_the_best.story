# c has priority 0 and is the only one that holds the last durable writes. It counts: it is not
# passed over for a node that lacks them.
world nodes=3 clients=1 writes=5ms durable
priority c 0
start
await 2s settled
advance 500ms
cut b a
advance 50ms
kill a
await 5s A master c
await 1s A writes
heal
await 5s settled
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
   579 (A) info: renegotating subSlave away from master
   579 (A) info: subSlave is now c
  1072 (A) warning: MASTER is down! (a)
  1072 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1072 (A) tells: a: connection lost
  1072 (A) info: a is down (refused)
  2072 (A) warning: invalid master count: 0
  2072 (A) info: attempting failover!
  2072 (A) info: my failover id: <id 2>
  2072 (A) info: lock was a success!
  2074 (A) info: c had highest opcounter (116) of 2 nodes. congrats!
  2075 (A) debug: defaulting to master as subSlave
  2075 (A) info: ready, using c as master
  2075 (A) info: publishing gossip:master for c
  2075 (A) tells: c was promoted though its priority is 0: it alone held the newest data
  2075 (A) info: making b into a slave...
  2075 (A) info: b is slave
a: down
b: replica of c, linked, epoch 2, 117 keys
c: master, epoch 2, 117 keys
A: ready, uses c, epoch 2
