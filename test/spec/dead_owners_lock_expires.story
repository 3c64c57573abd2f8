# The winner of the locks dies with them. They expire by themselves and the other one takes over.
world nodes=3 clients=2 writes=5ms
start
await 1s settled
advance 500ms
mark
when A before seal: kill A
kill a
advance 200ms
expect b locked
expect promotions 0
await 10s B writes
expect promotions 1
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
  1022 (B) info: a is down (refused)
  1022 (A) info: a is down (refused)
  1022 (A) warning: invalid master count: 0
  1022 (A) info: attempting failover!
  1022 (A) info: my failover id: <id 3>
  1022 (A) info: lock was a success!
  1022 now: kill A
  1028 (B) info: failover already in progress: <id 3>
  3074 (B) info: failover already in progress: <id 3>
  3074 (B) warning: invalid master count: 0
  3074 (B) info: attempting failover!
  3074 (B) info: my failover id: <id 4>
  3074 (B) info: lock was a success!
  3075 (B) info: b had highest opcounter (213) of 2 nodes. congrats!
  3075 (B) debug: still using c as subSlave
  3075 (B) info: ready, using b as master
  3075 (B) info: publishing gossip:master for b
  3075 (B) info: making c into a slave...
  3075 (B) info: c is slave
a: down
b: master, epoch 2, 214 keys
c: replica of b, linked, epoch 2, 214 keys
A: dead
B: ready, uses b, epoch 2
