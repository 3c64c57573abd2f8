# A node that is still loading its data answers and cannot say which epoch it holds. Whoever begins with it and a
# master of the past alone uses that master, but holds its writes until a quorum has spoken.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
stop a
await 5s A master b
await 1s A writes
kill b
loads c 300ms
restart c
restart A
continue a
advance 100ms
expect A pause no_quorum
advance 150ms
expect A pause no_quorum
start b
await 10s settled
await 1s A writes
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
   600 (A) info: renegotating subSlave away from master
   600 (A) info: subSlave is now b
  1501 (A) warning: MASTER is down! (a)
  1501 (A) info: orientating (silent, 2/3 nodes up) ...
  1501 (A) tells: a: silent
  1521 (A) warning: invalid master count: 0
  1521 (A) info: attempting failover!
  1521 (A) info: my failover id: <id 2>
  1521 (A) info: lock was a success!
  1523 (A) info: b had highest opcounter (4) of 2 nodes. congrats!
  1524 (A) debug: defaulting to master as subSlave
  1524 (A) info: ready, using b as master
  1524 (A) info: publishing gossip:master for b
  1524 (A) info: making c into a slave...
  1524 (A) info: c is slave
  1532 (A) info: a is up
  1532 (A) info: c is up
  1532 (A) debug: defaulting to master as subSlave
  1532 (A) info: ready, using a as master
  1632 (A) warning: cut off from the majority: holding writes
  1632 (A) tells: fewer than 2 nodes heard for 300 ms
  1845 (A) info: switching master...
  1845 (A) tells: a is no longer master
  1845 (A) warning: invalid master count: 0
  1845 (A) info: attempting failover!
  1845 (A) info: my failover id: <id 3>
  1845 (A) info: lock was a success!
  1846 (A) info: a had highest opcounter (206) of 2 nodes. congrats!
  1846 (A) debug: defaulting to master as subSlave
  1846 (A) info: ready, using a as master
  1846 (A) info: publishing gossip:master for a
  1846 (A) info: making c into a slave...
  1846 (A) warning: c has 1 writes that nobody else has
  1846 (A) tells: c has 1 writes that nobody else has: they are dropped
  1846 (A) info: c is slave
  1871 (A) info: a majority is there again: writing
  1871 (A) info: renegotating subSlave away from master
  1871 (A) info: subSlave is now c
  1924 (A) info: b is up
  1924 (A) warning: b has 1 writes that nobody else has
  1924 (A) tells: b has 1 writes that nobody else has: they are dropped
  1924 (A) info: making b into a slave...
  1925 (A) info: b is slave
a: master, epoch 3, 222 keys
b: replica of a, linked, epoch 3, 222 keys
c: replica of a, linked, epoch 3, 222 keys
A: ready, uses a, epoch 3
