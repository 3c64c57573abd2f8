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
  3002 (A) info: making b into a slave...
  3003 (A) info: b is slave
  3103 (A) warning: MASTER is down! (a)
  3103 (A) info: orientating (connection lost, 2/3 nodes up) ...
  3103 (A) tells: a: connection lost
  3103 (A) info: gossip said a was promoted!
  3103 (A) info: a is down (refused)
  3103 (A) warning: invalid master count: 0
  3103 (A) info: attempting failover!
  3103 (A) info: my failover id: <id 2>
  3104 (A) info: lock was a success!
  3104 (A) info: giving up: too few nodes with a known history could be sealed
  3123 (A) warning: invalid master count: 0
  3123 (A) info: attempting failover!
  3123 (A) info: my failover id: <id 3>
  3123 (A) info: lock was a success!
  3124 (A) info: giving up: too few nodes with a known history could be sealed
  3161 (A) warning: invalid master count: 0
  3161 (A) info: attempting failover!
  3161 (A) info: my failover id: <id 4>
  3161 (A) info: lock was a success!
  3162 (A) info: giving up: too few nodes with a known history could be sealed
  3173 (A) warning: invalid master count: 0
  3173 (A) info: attempting failover!
  3173 (A) info: my failover id: <id 5>
  3173 (A) info: lock was a success!
  3174 (A) info: giving up: too few nodes with a known history could be sealed
  3351 (A) warning: invalid master count: 0
  3351 (A) info: attempting failover!
  3351 (A) info: my failover id: <id 6>
  3351 (A) info: lock was a success!
  3352 (A) info: giving up: too few nodes with a known history could be sealed
  3555 (A) warning: invalid master count: 0
  3555 (A) info: attempting failover!
  3555 (A) info: my failover id: <id 7>
  3555 (A) info: lock was a success!
  3556 (A) info: giving up: too few nodes with a known history could be sealed
  4127 (A) warning: invalid master count: 0
  4127 (A) info: attempting failover!
  4127 (A) info: my failover id: <id 8>
  4127 (A) info: lock was a success!
  4128 (A) info: giving up: too few nodes with a known history could be sealed
  4674 (A) warning: invalid master count: 0
  4674 (A) info: attempting failover!
  4674 (A) info: my failover id: <id 9>
  4674 (A) info: lock was a success!
  4675 (A) info: giving up: too few nodes with a known history could be sealed
  4675 (A) tells: no master after 8 attempts: too few nodes with a known history could be sealed; haredis status shows the nodes, haredis takeover picks one
  4929 (A) warning: invalid master count: 0
  4929 (A) info: attempting failover!
  4929 (A) info: my failover id: <id 10>
  4929 (A) info: lock was a success!
  4930 (A) info: giving up: too few nodes with a known history could be sealed
  5229 (A) warning: invalid master count: 0
  5229 (A) info: attempting failover!
  5229 (A) info: my failover id: <id 11>
  5229 (A) info: lock was a success!
  5230 (A) info: giving up: too few nodes with a known history could be sealed
  5858 (A) warning: invalid master count: 0
  5858 (A) info: attempting failover!
  5858 (A) info: my failover id: <id 12>
  5858 (A) info: lock was a success!
  5859 (A) info: giving up: too few nodes with a known history could be sealed

start a
await 5s A writes
expect durable_lost 0
----
  6238 (A) warning: invalid master count: 0
  6238 (A) info: attempting failover!
  6238 (A) info: my failover id: <id 13>
  6238 (A) info: lock was a success!
  6239 (A) info: giving up: too few nodes with a known history could be sealed
  6299 (A) info: a is up
  6912 (A) warning: invalid master count: 0
  6912 (A) info: attempting failover!
  6912 (A) info: my failover id: <id 14>
  6912 (A) info: lock was a success!
  6913 (A) info: a had highest opcounter (528) of 3 nodes. congrats!
  6913 (A) info: ready, using a as master
  6913 (A) info: publishing gossip:master for a
  6913 (A) info: making b into a slave...
  6913 (A) info: making c into a slave...
  6913 (A) info: b is slave
  6913 (A) info: c is slave
a: master, epoch 14, 529 keys
b: replica of a, syncing, no record, 0 keys
c: replica of a, linked, epoch 14, 529 keys
A: ready, uses a, epoch 14
