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
   501 (A) info: subSlave is now c
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: b is slave
   501 (A) info: c is slave
  3124 (A) info: making b into a slave...
  3124 (A) info: b is slave
  3225 (A) warning: MASTER is down! (a)
  3225 (A) info: orientating (connection lost, 2/3 nodes up) ...
  3225 (A) tells: a: connection lost
  3225 (A) info: gossip said a was promoted!
  3225 (A) info: a is down (refused)
  3225 (A) warning: invalid master count: 0
  3225 (A) info: attempting failover!
  3225 (A) info: my failover id: <id 2>
  3225 (A) info: lock was a success!
  3226 (A) info: giving up: too few nodes with a known history could be sealed
  3250 (A) warning: invalid master count: 0
  3250 (A) info: attempting failover!
  3250 (A) info: my failover id: <id 3>
  3250 (A) info: lock was a success!
  3250 (A) info: giving up: too few nodes with a known history could be sealed
  3260 (A) warning: invalid master count: 0
  3260 (A) info: attempting failover!
  3260 (A) info: my failover id: <id 4>
  3260 (A) info: lock was a success!
  3260 (A) info: giving up: too few nodes with a known history could be sealed
  3294 (A) warning: invalid master count: 0
  3294 (A) info: attempting failover!
  3294 (A) info: my failover id: <id 5>
  3294 (A) info: lock was a success!
  3294 (A) info: giving up: too few nodes with a known history could be sealed
  3423 (A) warning: invalid master count: 0
  3423 (A) info: attempting failover!
  3423 (A) info: my failover id: <id 6>
  3423 (A) info: lock was a success!
  3423 (A) info: giving up: too few nodes with a known history could be sealed
  3617 (A) warning: invalid master count: 0
  3617 (A) info: attempting failover!
  3617 (A) info: my failover id: <id 7>
  3617 (A) info: lock was a success!
  3617 (A) info: giving up: too few nodes with a known history could be sealed
  3859 (A) warning: invalid master count: 0
  3859 (A) info: attempting failover!
  3859 (A) info: my failover id: <id 8>
  3859 (A) info: lock was a success!
  3859 (A) info: giving up: too few nodes with a known history could be sealed
  4596 (A) warning: invalid master count: 0
  4596 (A) info: attempting failover!
  4596 (A) info: my failover id: <id 9>
  4596 (A) info: lock was a success!
  4596 (A) info: giving up: too few nodes with a known history could be sealed
  4596 (A) tells: no master after 8 attempts: too few nodes with a known history could be sealed; haredis status shows the nodes, haredis takeover picks one
  5130 (A) warning: invalid master count: 0
  5130 (A) info: attempting failover!
  5130 (A) info: my failover id: <id 10>
  5130 (A) info: lock was a success!
  5130 (A) info: giving up: too few nodes with a known history could be sealed
  5377 (A) warning: invalid master count: 0
  5377 (A) info: attempting failover!
  5377 (A) info: my failover id: <id 11>
  5377 (A) info: lock was a success!
  5377 (A) info: giving up: too few nodes with a known history could be sealed
  5787 (A) warning: invalid master count: 0
  5787 (A) info: attempting failover!
  5787 (A) info: my failover id: <id 12>
  5787 (A) info: lock was a success!
  5787 (A) info: giving up: too few nodes with a known history could be sealed
  6112 (A) warning: invalid master count: 0
  6112 (A) info: attempting failover!
  6112 (A) info: my failover id: <id 13>
  6112 (A) info: lock was a success!
  6112 (A) info: giving up: too few nodes with a known history could be sealed

start a
await 5s A writes
expect durable_lost 0
----
  6248 (A) info: a is up
  6861 (A) warning: invalid master count: 0
  6861 (A) info: attempting failover!
  6861 (A) info: my failover id: <id 14>
  6861 (A) info: lock was a success!
  6861 (A) info: a had highest opcounter (530) of 3 nodes. congrats!
  6862 (A) info: ready, using a as master
  6862 (A) info: publishing gossip:master for a
  6862 (A) info: making b into a slave...
  6862 (A) info: making c into a slave...
  6862 (A) info: b is slave
  6862 (A) info: c is slave
a: master, epoch 14, 531 keys
b: replica of a, syncing, no record, 0 keys
c: replica of a, linked, epoch 14, 531 keys
A: ready, uses a, epoch 14
