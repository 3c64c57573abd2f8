# The whole data centre restarts. Everybody comes up sealed; with all of them there, rank decides.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 1s
kill a
kill b
kill c
advance 500ms
start b c
advance 1s
expect master none
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
  1522 (B) warning: MASTER is down! (a)
  1522 (B) info: orientating (connection lost, 2/3 nodes up) ...
  1522 (B) tells: a: connection lost
  1522 (A) warning: MASTER is down! (a)
  1522 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1522 (A) tells: a: connection lost
  1522 (B) info: a is down (refused)
  1522 (A) info: a is down (refused)
  1522 (A) warning: refusing to orientate without a majority up!
  1522 (B) info: b is down (refused)
  1522 (A) info: b is down (refused)
  1522 (B) info: c is down (refused)
  1522 (A) info: c is down (refused)
  1528 (B) warning: refusing to orientate without a majority up!
  2048 (B) info: b is up
  2048 (B) info: subSlave went down, renegotiated to b
  2055 (B) info: c is up
  2055 (B) warning: too few nodes with a known history are there
  2062 (A) info: b is up
  2062 (A) info: subSlave went down, renegotiated to b
  2265 (A) info: c is up
  2265 (A) warning: too few nodes with a known history are there

start a
await 1s settled
advance 100ms
expect durable_lost 0
expect A writes
----
  3102 (A) info: a is up
  3102 (A) warning: invalid master count: 0
  3102 (A) info: attempting failover!
  3102 (A) info: my failover id: <id 3>
  3102 (A) info: lock was a success!
  3103 (A) info: a had highest opcounter (413) of 3 nodes. congrats!
  3103 (A) debug: still using b as subSlave
  3103 (A) info: ready, using a as master
  3103 (A) info: publishing gossip:master for a
  3103 (A) info: making b into a slave...
  3103 (A) info: making c into a slave...
  3103 (B) info: gossip said a was promoted!
  3103 (B) debug: hastening reconnect...
  3104 (B) info: a is up
  3104 (A) info: b is slave
  3104 (A) info: c is slave
  3104 (B) debug: still using b as subSlave
  3104 (B) info: ready, using a as master
  3104 (B) info: a majority is there again: writing
a: master, epoch 2, 452 keys
b: replica of a, linked, epoch 2, 452 keys
c: replica of a, linked, epoch 2, 452 keys
A: ready, uses a, epoch 2
B: ready, uses a, epoch 2
