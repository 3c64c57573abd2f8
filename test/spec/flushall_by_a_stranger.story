# FLUSHALL takes the group record and the keys of ours away. Whoever notices writes them back.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 1s
mark
flushall a
await 1s settled
expect master a
expect promotions 0
expect a starts_sealed
expect A durable
advance 500ms
expect durable_lost 0
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
  1600 (B) info: completing the record of a
  1600 (A) info: completing the record of a
  1600 (A) debug: giving up: another client has the lock
  1600 (B) info: the record of a is complete
  1623 (A) info: completing the record of a
  1623 (A) info: the record of a is complete

# And it was really put back: a failover finds its way.
kill a
await 50ms master b
expect durable_lost 0
----
  2124 (B) warning: MASTER is down! (a)
  2124 (B) info: orientating (connection lost, 2/3 nodes up) ...
  2124 (B) tells: a: connection lost
  2124 (A) warning: MASTER is down! (a)
  2124 (A) info: orientating (connection lost, 2/3 nodes up) ...
  2124 (A) tells: a: connection lost
  2124 (B) info: a is down (refused)
  2124 (A) info: a is down (refused)
  2124 (A) warning: invalid master count: 0
  2124 (A) info: attempting failover!
  2124 (A) info: my failover id: <id 3>
  2124 (A) info: lock was a success!
  2125 (A) info: b had highest opcounter (1000000616) of 2 nodes. congrats!
  2125 (A) debug: still using c as subSlave
  2125 (A) info: ready, using b as master
  2125 (A) info: publishing gossip:master for b
  2125 (A) info: making c into a slave...
  2125 (B) info: gossip said b was promoted!
  2125 (B) debug: still using c as subSlave
  2125 (B) info: ready, using b as master
  2125 (A) info: c is slave
a: down
b: master, epoch 2, 235 keys
c: replica of b, linked, epoch 2, 235 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
