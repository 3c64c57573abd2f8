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
  2845 (A) info: renegotating subSlave away from master
  2845 (A) info: subSlave is now b
  3145 (A) info: making b into a slave...
  3145 (A) info: b is slave
  3246 (A) warning: MASTER is down! (a)
  3246 (A) info: orientating (connection lost, 2/3 nodes up) ...
  3246 (A) tells: a: connection lost
  3246 (A) info: gossip said a was promoted!
  3246 (A) info: a is down (refused)
  3246 (A) warning: invalid master count: 0
  3246 (A) info: attempting failover!
  3246 (A) info: my failover id: <id 2>
  3246 (A) info: lock was a success!
  3247 (A) info: giving up: too few nodes with a known history could be sealed
  3272 (A) warning: invalid master count: 0
  3272 (A) info: attempting failover!
  3272 (A) info: my failover id: <id 3>
  3272 (A) info: lock was a success!
  3272 (A) info: giving up: too few nodes with a known history could be sealed
  3322 (A) warning: invalid master count: 0
  3322 (A) info: attempting failover!
  3322 (A) info: my failover id: <id 4>
  3322 (A) info: lock was a success!
  3322 (A) info: giving up: too few nodes with a known history could be sealed
  3367 (A) warning: invalid master count: 0
  3367 (A) info: attempting failover!
  3367 (A) info: my failover id: <id 5>
  3367 (A) info: lock was a success!
  3367 (A) info: giving up: too few nodes with a known history could be sealed
  3553 (A) warning: invalid master count: 0
  3553 (A) info: attempting failover!
  3553 (A) info: my failover id: <id 6>
  3553 (A) info: lock was a success!
  3553 (A) info: giving up: too few nodes with a known history could be sealed
  3786 (A) warning: invalid master count: 0
  3786 (A) info: attempting failover!
  3786 (A) info: my failover id: <id 7>
  3786 (A) info: lock was a success!
  3786 (A) info: giving up: too few nodes with a known history could be sealed
  4514 (A) warning: invalid master count: 0
  4514 (A) info: attempting failover!
  4514 (A) info: my failover id: <id 8>
  4514 (A) info: lock was a success!
  4514 (A) info: giving up: too few nodes with a known history could be sealed
  4893 (A) warning: invalid master count: 0
  4893 (A) info: attempting failover!
  4893 (A) info: my failover id: <id 9>
  4893 (A) info: lock was a success!
  4893 (A) info: giving up: too few nodes with a known history could be sealed
  4893 (A) tells: no master after 8 attempts: too few nodes with a known history could be sealed; haredis status shows the nodes, haredis takeover picks one
  5466 (A) warning: invalid master count: 0
  5466 (A) info: attempting failover!
  5466 (A) info: my failover id: <id 10>
  5466 (A) info: lock was a success!
  5466 (A) info: giving up: too few nodes with a known history could be sealed

start a
await 5s A writes
expect durable_lost 0
----
  6262 (A) warning: invalid master count: 0
  6262 (A) info: attempting failover!
  6262 (A) info: my failover id: <id 11>
  6262 (A) info: lock was a success!
  6262 (A) info: giving up: too few nodes with a known history could be sealed
  6348 (A) info: a is up
  6890 (A) warning: invalid master count: 0
  6890 (A) info: attempting failover!
  6890 (A) info: my failover id: <id 12>
  6890 (A) info: lock was a success!
  6890 (A) info: a had highest opcounter (530) of 3 nodes. congrats!
  6891 (A) debug: still using b as subSlave
  6891 (A) info: ready, using a as master
  6891 (A) info: publishing gossip:master for a
  6891 (A) info: making b into a slave...
  6891 (A) info: making c into a slave...
  6891 (A) info: b is slave
  6891 (A) info: c is slave
a: master, epoch 12, 531 keys
b: replica of a, syncing, no record, 0 keys
c: replica of a, linked, epoch 12, 531 keys
A: ready, uses a, epoch 12
