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
  3203 (A) warning: invalid master count: 0
  3203 (A) info: attempting failover!
  3203 (A) info: my failover id: <id 2>
  3203 (A) info: lock was a success!
  3204 (A) info: giving up: too few nodes with a known history could be sealed
  3228 (A) warning: invalid master count: 0
  3228 (A) info: attempting failover!
  3228 (A) info: my failover id: <id 3>
  3228 (A) info: lock was a success!
  3228 (A) info: giving up: too few nodes with a known history could be sealed
  3235 (A) warning: invalid master count: 0
  3235 (A) info: attempting failover!
  3235 (A) info: my failover id: <id 4>
  3235 (A) info: lock was a success!
  3235 (A) info: giving up: too few nodes with a known history could be sealed
  3296 (A) warning: invalid master count: 0
  3296 (A) info: attempting failover!
  3296 (A) info: my failover id: <id 5>
  3296 (A) info: lock was a success!
  3296 (A) info: giving up: too few nodes with a known history could be sealed
  3352 (A) warning: invalid master count: 0
  3352 (A) info: attempting failover!
  3352 (A) info: my failover id: <id 6>
  3352 (A) info: lock was a success!
  3352 (A) info: giving up: too few nodes with a known history could be sealed
  3394 (A) warning: invalid master count: 0
  3394 (A) info: attempting failover!
  3394 (A) info: my failover id: <id 7>
  3394 (A) info: lock was a success!
  3394 (A) info: giving up: too few nodes with a known history could be sealed
  3893 (A) warning: invalid master count: 0
  3893 (A) info: attempting failover!
  3893 (A) info: my failover id: <id 8>
  3893 (A) info: lock was a success!
  3893 (A) info: giving up: too few nodes with a known history could be sealed
  4016 (A) warning: invalid master count: 0
  4016 (A) info: attempting failover!
  4016 (A) info: my failover id: <id 9>
  4016 (A) info: lock was a success!
  4016 (A) info: giving up: too few nodes with a known history could be sealed
  4016 (A) tells: no master after 8 attempts: too few nodes with a known history could be sealed; haredis status shows the nodes, haredis takeover picks one
  4126 (A) warning: invalid master count: 0
  4126 (A) info: attempting failover!
  4126 (A) info: my failover id: <id 10>
  4126 (A) info: lock was a success!
  4126 (A) info: giving up: too few nodes with a known history could be sealed
  4657 (A) warning: invalid master count: 0
  4657 (A) info: attempting failover!
  4657 (A) info: my failover id: <id 11>
  4657 (A) info: lock was a success!
  4657 (A) info: giving up: too few nodes with a known history could be sealed
  5221 (A) warning: invalid master count: 0
  5221 (A) info: attempting failover!
  5221 (A) info: my failover id: <id 12>
  5221 (A) info: lock was a success!
  5221 (A) info: giving up: too few nodes with a known history could be sealed
  5767 (A) warning: invalid master count: 0
  5767 (A) info: attempting failover!
  5767 (A) info: my failover id: <id 13>
  5767 (A) info: lock was a success!
  5767 (A) info: giving up: too few nodes with a known history could be sealed
  6021 (A) warning: invalid master count: 0
  6021 (A) info: attempting failover!
  6021 (A) info: my failover id: <id 14>
  6021 (A) info: lock was a success!
  6021 (A) info: giving up: too few nodes with a known history could be sealed

start a
await 5s A writes
expect durable_lost 0
----
  6313 (A) info: a is up
  6320 (A) warning: invalid master count: 0
  6320 (A) info: attempting failover!
  6320 (A) info: my failover id: <id 15>
  6320 (A) info: lock was a success!
  6320 (A) info: a had highest opcounter (528) of 3 nodes. congrats!
  6321 (A) debug: still using b as subSlave
  6321 (A) info: ready, using a as master
  6321 (A) info: publishing gossip:master for a
  6321 (A) info: making b into a slave...
  6321 (A) info: making c into a slave...
  6321 (A) info: b is slave
  6321 (A) info: c is slave
a: master, epoch 15, 529 keys
b: replica of a, syncing, no record, 0 keys
c: replica of a, linked, epoch 15, 529 keys
A: ready, uses a, epoch 15
