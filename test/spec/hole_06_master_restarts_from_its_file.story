# The master comes back from an append-only file that ends a little early, so fast that no dial was
# refused: same data set as far as anybody can count. It is no master: its run id is another one.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
save a
advance 300ms
mark
kill a
start a rebased_older
await 1s master b
expect promotions 1
await 3s settled
expect durable_lost 0
expect a follows b
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
   822 (B) warning: MASTER is down! (a)
   822 (B) info: orientating (connection lost, 2/3 nodes up) ...
   822 (B) tells: a: connection lost
   822 (A) warning: MASTER is down! (a)
   822 (A) info: orientating (connection lost, 2/3 nodes up) ...
   822 (A) tells: a: connection lost
   822 (A) warning: invalid master count: 0
   822 (A) info: attempting failover!
   822 (A) info: my failover id: <id 3>
   822 (A) info: lock was a success!
   823 (A) info: b had highest opcounter (131) of 3 nodes. congrats!
   823 (A) debug: still using c as subSlave
   823 (A) info: ready, using b as master
   823 (A) info: publishing gossip:master for b
   823 (A) info: making a into a slave...
   823 (A) info: making c into a slave...
   823 (B) info: gossip said b was promoted!
   824 (B) debug: still using c as subSlave
   824 (B) info: ready, using b as master
   824 (A) info: a is slave
   824 (A) info: c is slave
a: replica of b, linked, epoch 2, 138 keys
b: master, epoch 2, 138 keys
c: replica of b, linked, epoch 2, 138 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
