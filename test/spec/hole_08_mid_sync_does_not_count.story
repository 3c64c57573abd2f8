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
  3229 (A) info: giving up: too few nodes with a known history could be sealed
  3239 (A) warning: invalid master count: 0
  3239 (A) info: attempting failover!
  3239 (A) info: my failover id: <id 4>
  3239 (A) info: lock was a success!
  3240 (A) info: giving up: too few nodes with a known history could be sealed
  3274 (A) warning: invalid master count: 0
  3274 (A) info: attempting failover!
  3274 (A) info: my failover id: <id 5>
  3274 (A) info: lock was a success!
  3275 (A) info: giving up: too few nodes with a known history could be sealed
  3404 (A) warning: invalid master count: 0
  3404 (A) info: attempting failover!
  3404 (A) info: my failover id: <id 6>
  3404 (A) info: lock was a success!
  3405 (A) info: giving up: too few nodes with a known history could be sealed
  3599 (A) warning: invalid master count: 0
  3599 (A) info: attempting failover!
  3599 (A) info: my failover id: <id 7>
  3599 (A) info: lock was a success!
  3600 (A) info: giving up: too few nodes with a known history could be sealed
  3842 (A) warning: invalid master count: 0
  3842 (A) info: attempting failover!
  3842 (A) info: my failover id: <id 8>
  3842 (A) info: lock was a success!
  3843 (A) info: giving up: too few nodes with a known history could be sealed
  4580 (A) warning: invalid master count: 0
  4580 (A) info: attempting failover!
  4580 (A) info: my failover id: <id 9>
  4580 (A) info: lock was a success!
  4581 (A) info: giving up: too few nodes with a known history could be sealed
  4581 (A) tells: no master after 8 attempts: too few nodes with a known history could be sealed; haredis status shows the nodes, haredis takeover picks one
  5115 (A) warning: invalid master count: 0
  5115 (A) info: attempting failover!
  5115 (A) info: my failover id: <id 10>
  5115 (A) info: lock was a success!
  5116 (A) info: giving up: too few nodes with a known history could be sealed
  5363 (A) warning: invalid master count: 0
  5363 (A) info: attempting failover!
  5363 (A) info: my failover id: <id 11>
  5363 (A) info: lock was a success!
  5364 (A) info: giving up: too few nodes with a known history could be sealed
  5774 (A) warning: invalid master count: 0
  5774 (A) info: attempting failover!
  5774 (A) info: my failover id: <id 12>
  5774 (A) info: lock was a success!
  5775 (A) info: giving up: too few nodes with a known history could be sealed
  6100 (A) warning: invalid master count: 0
  6100 (A) info: attempting failover!
  6100 (A) info: my failover id: <id 13>
  6100 (A) info: lock was a success!
  6101 (A) info: giving up: too few nodes with a known history could be sealed

start a
await 5s A writes
expect durable_lost 0
----
  6226 (A) info: a is up
  6850 (A) warning: invalid master count: 0
  6850 (A) info: attempting failover!
  6850 (A) info: my failover id: <id 14>
  6850 (A) info: lock was a success!
  6851 (A) info: a had highest opcounter (528) of 3 nodes. congrats!
  6851 (A) info: ready, using a as master
  6851 (A) info: publishing gossip:master for a
  6851 (A) info: making b into a slave...
  6851 (A) info: making c into a slave...
  6851 (A) info: b is slave
  6851 (A) info: c is slave
a: master, epoch 14, 529 keys
b: replica of a, syncing, no record, 0 keys
c: replica of a, linked, epoch 14, 529 keys
A: ready, uses a, epoch 14
