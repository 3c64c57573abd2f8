# The master is killed: a reset, a refused dial, and no waiting.
world nodes=3 clients=2 writes=5ms
start
await 1s settled
expect master a
advance 2s
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

mark
kill a
await 50ms master b
expect A unplanned
expect B unplanned
expect promotions 1
expect full_syncs 0
expect A gap < 20ms
expect B gap < 20ms
expect c follows b
advance 100ms
expect lost 0
----
  2522 (B) warning: MASTER is down! (a)
  2522 (B) info: orientating (connection lost, 2/3 nodes up) ...
  2522 (B) tells: a: connection lost
  2522 (A) warning: MASTER is down! (a)
  2522 (A) info: orientating (connection lost, 2/3 nodes up) ...
  2522 (A) tells: a: connection lost
  2522 (B) info: a is down (refused)
  2522 (A) info: a is down (refused)
  2522 (A) warning: invalid master count: 0
  2522 (A) info: attempting failover!
  2522 (A) info: my failover id: <id 3>
  2522 (A) info: lock was a success!
  2523 (A) info: b had highest opcounter (814) of 2 nodes. congrats!
  2523 (A) debug: still using c as subSlave
  2523 (A) info: ready, using b as master
  2523 (A) info: publishing gossip:master for b
  2523 (A) info: making c into a slave...
  2523 (B) info: gossip said b was promoted!
  2523 (B) debug: still using c as subSlave
  2523 (B) info: ready, using b as master
  2523 (A) info: c is slave

# It comes back as what it is now.
start a
await 3s settled
expect a follows b
expect promotions 1
----
  2644 (A) info: a is up
  2644 (A) info: making a into a slave...
  2645 (A) info: a is slave
a: replica of b, linked, epoch 2, 859 keys
b: master, epoch 2, 859 keys
c: replica of b, linked, epoch 2, 859 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
