# The master hangs, and of the other two one restarted and remembers nothing: no quorum could be
# sealed and counted. Nobody begins what cannot end well: 40 clients once made 100 attempts a
# second (seed 24658), and each left a promise behind which the master, when it went on, had to be
# elected again. Now it simply is adopted.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 500ms
expect promotions 1
stop a
restart c
advance 5s
continue a
await 1s A writes
await 1s settled
expect promotions 1
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
  2000 (A) warning: MASTER is down! (a)
  2000 (A) info: orientating (silent, 2/3 nodes up) ...
  2000 (A) tells: a: silent
  2021 (B) warning: MASTER is down! (a)
  2021 (B) info: orientating (silent, 2/3 nodes up) ...
  2021 (B) tells: a: silent
  2021 (A) warning: too few nodes with a known history are there
  2027 (B) warning: too few nodes with a known history are there
  5048 (B) tells: no master: too few nodes with a known history are there; haredis status shows the nodes, haredis takeover picks one
  5052 (A) tells: no master: too few nodes with a known history are there; haredis status shows the nodes, haredis takeover picks one
  6022 (A) info: a is up
  6022 (B) info: a is up
  6022 (A) info: gossip said a was promoted!
  6022 (B) info: gossip said a was promoted!
  6022 (A) debug: still using c as subSlave
  6022 (A) info: ready, using a as master
  6022 (B) debug: still using c as subSlave
  6022 (B) info: ready, using a as master
  6022 (A) info: making c into a slave...
  6023 (A) info: c is slave

# Without durable writes whoever just started counts, and is not chosen: its file may lack what others
# had. All restarted and one is missing: two clients used to make six attempts a second, each with a
# promise, and told nobody.
world nodes=3 clients=2 writes=20ms
start
await 2s settled
advance 1s
kill a
kill b
kill c
start b
start c
mark
advance 5s
expect A master none
start a
await 1s A writes
await 1s settled
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
  1522 (B) warning: MASTER is down! (a)
  1522 (B) info: orientating (connection lost, 2/3 nodes up) ...
  1522 (B) tells: a: connection lost
  1522 (A) warning: MASTER is down! (a)
  1522 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1522 (A) tells: a: connection lost
  1522 (B) info: a is down (refused)
  1522 (A) info: a is down (refused)
  1522 (A) warning: refusing to orientate without a majority up!
  1522 (A) warning: of the nodes that answer none is known to have all data
  1528 (B) warning: of the nodes that answer none is known to have all data
  4593 (A) tells: no master: of the nodes that answer none is known to have all data; haredis status shows the nodes, haredis takeover picks one
  4598 (B) tells: no master: of the nodes that answer none is known to have all data; haredis status shows the nodes, haredis takeover picks one
  6700 (B) info: a is up
  6700 (B) warning: invalid master count: 0
  6700 (B) info: attempting failover!
  6700 (B) info: my failover id: <id 5>
  6700 (B) info: lock was a success!
  6701 (B) info: a had highest opcounter (96) of 3 nodes. congrats!
  6701 (B) debug: still using c as subSlave
  6701 (B) info: ready, using a as master
  6701 (B) info: publishing gossip:master for a
  6701 (B) info: making b into a slave...
  6701 (B) info: making c into a slave...
  6701 (A) info: gossip said a was promoted!
  6701 (A) debug: hastening reconnect...
  6702 (A) info: a is up
  6702 (B) info: b is slave
  6702 (B) info: c is slave
  6702 (A) debug: still using c as subSlave
  6702 (A) info: ready, using a as master
a: master, epoch 2, 97 keys
b: replica of a, linked, epoch 2, 97 keys
c: replica of a, linked, epoch 2, 97 keys
A: ready, uses a, epoch 2
B: ready, uses a, epoch 2
