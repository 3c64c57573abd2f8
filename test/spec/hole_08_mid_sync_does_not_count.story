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
  3210 (A) warning: invalid master count: 0
  3210 (A) info: attempting failover!
  3210 (A) info: my failover id: <id 3>
  3210 (A) info: lock was a success!
  3210 (A) info: giving up: too few nodes with a known history could be sealed
  3228 (A) warning: invalid master count: 0
  3228 (A) info: attempting failover!
  3228 (A) info: my failover id: <id 4>
  3228 (A) info: lock was a success!
  3228 (A) info: giving up: too few nodes with a known history could be sealed
  3326 (A) warning: invalid master count: 0
  3326 (A) info: attempting failover!
  3326 (A) info: my failover id: <id 5>
  3326 (A) info: lock was a success!
  3326 (A) info: giving up: too few nodes with a known history could be sealed
  3448 (A) warning: invalid master count: 0
  3448 (A) info: attempting failover!
  3448 (A) info: my failover id: <id 6>
  3448 (A) info: lock was a success!
  3448 (A) info: giving up: too few nodes with a known history could be sealed
  3576 (A) warning: invalid master count: 0
  3576 (A) info: attempting failover!
  3576 (A) info: my failover id: <id 7>
  3576 (A) info: lock was a success!
  3576 (A) info: giving up: too few nodes with a known history could be sealed
  4010 (A) warning: invalid master count: 0
  4010 (A) info: attempting failover!
  4010 (A) info: my failover id: <id 8>
  4010 (A) info: lock was a success!
  4010 (A) info: giving up: too few nodes with a known history could be sealed
  4733 (A) warning: invalid master count: 0
  4733 (A) info: attempting failover!
  4733 (A) info: my failover id: <id 9>
  4733 (A) info: lock was a success!
  4733 (A) info: giving up: too few nodes with a known history could be sealed
  4733 (A) tells: no master after 8 attempts: too few nodes with a known history could be sealed; haredis status shows the nodes, haredis takeover picks one
  4893 (A) warning: invalid master count: 0
  4893 (A) info: attempting failover!
  4893 (A) info: my failover id: <id 10>
  4893 (A) info: lock was a success!
  4893 (A) info: giving up: too few nodes with a known history could be sealed
  5425 (A) warning: invalid master count: 0
  5425 (A) info: attempting failover!
  5425 (A) info: my failover id: <id 11>
  5425 (A) info: lock was a success!
  5425 (A) info: giving up: too few nodes with a known history could be sealed
  5940 (A) warning: invalid master count: 0
  5940 (A) info: attempting failover!
  5940 (A) info: my failover id: <id 12>
  5940 (A) info: lock was a success!
  5940 (A) info: giving up: too few nodes with a known history could be sealed
  6121 (A) warning: invalid master count: 0
  6121 (A) info: attempting failover!
  6121 (A) info: my failover id: <id 13>
  6121 (A) info: lock was a success!
  6121 (A) info: giving up: too few nodes with a known history could be sealed

start a
await 5s A writes
expect durable_lost 0
----
  6421 (A) info: a is up
  6490 (A) warning: invalid master count: 0
  6490 (A) info: attempting failover!
  6490 (A) info: my failover id: <id 14>
  6490 (A) info: lock was a success!
  6490 (A) info: a had highest opcounter (528) of 3 nodes. congrats!
  6491 (A) debug: still using b as subSlave
  6491 (A) info: ready, using a as master
  6491 (A) info: publishing gossip:master for a
  6491 (A) info: making b into a slave...
  6491 (A) info: making c into a slave...
  6491 (A) info: b is slave
  6491 (A) info: c is slave
a: master, epoch 14, 529 keys
b: replica of a, syncing, no record, 0 keys
c: replica of a, linked, epoch 14, 529 keys
A: ready, uses a, epoch 14
