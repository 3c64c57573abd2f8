# b is in the middle of a full synchronisation when the master dies: what it holds is old. It is
# neither chosen nor counted, so nobody is elected until the master is back.
world nodes=3 clients=1 writes=5ms durable sync=2s
start
await 5s settled
advance 500ms
kill b
start b empty
await 1s b syncing
cut c a
advance 100ms
kill a
heal
advance 3s
expect master none
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
  2600 (A) info: renegotating subSlave away from master
  2600 (A) info: subSlave is now b
  3102 (A) info: making b into a slave...
  3102 (A) info: b is slave
  3203 (A) warning: MASTER is down! (a)
  3203 (A) info: orientating (connection lost, 2/3 nodes up) ...
  3203 (A) tells: a: connection lost
  3203 (A) info: gossip said a was promoted!
  3203 (A) info: a is down (refused)
  3203 (A) warning: too few nodes with a known history are there

start a
await 5s A writes
expect durable_lost 0
----
  6274 (A) tells: no master: too few nodes with a known history are there; haredis status shows the nodes, haredis takeover picks one
  6366 (A) info: a is up
  6366 (A) warning: invalid master count: 0
  6366 (A) info: attempting failover!
  6366 (A) info: my failover id: <id 2>
  6366 (A) info: lock was a success!
  6367 (A) info: a had highest opcounter (528) of 3 nodes. congrats!
  6367 (A) debug: still using b as subSlave
  6367 (A) info: ready, using a as master
  6367 (A) info: publishing gossip:master for a
  6367 (A) info: making b into a slave...
  6367 (A) info: making c into a slave...
  6368 (A) info: b is slave
  6368 (A) info: c is slave
a: master, epoch 2, 529 keys
b: replica of a, syncing, no record, 0 keys
c: replica of a, linked, epoch 2, 529 keys
A: ready, uses a, epoch 2
