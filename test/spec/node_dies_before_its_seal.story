# What was looked at promised a quorum, and one of the two nodes dies before its seal: the attempt
# is given up. With every node back, who restarted counts as well.
world nodes=3 clients=1 writes=5ms durable
start
await 2s settled
advance 500ms
when c before seal: kill c
kill a
advance 500ms
expect promotions 1
restart a
restart c
await 3s A writes
expect promotions 2
expect durable_lost 0
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
   579 (A) info: renegotating subSlave away from master
   579 (A) info: subSlave is now c
  1022 (A) warning: MASTER is down! (a)
  1022 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (A) tells: a: connection lost
  1022 (A) info: a is down (refused)
  1022 (A) warning: invalid master count: 0
  1022 (A) info: attempting failover!
  1022 (A) info: my failover id: <id 2>
  1022 (A) info: lock was a success!
  1023 now: kill c
  1023 (A) info: giving up: too few nodes with a known history could be sealed
  1023 (A) info: c is down (refused)
  1023 (A) info: subSlave went down, renegotiated to b
  1043 (A) warning: refusing to orientate without a majority up!
  1641 (A) info: a is up
  1641 (A) warning: too few nodes with a known history are there
  1658 (A) info: c is up
  1658 (A) warning: invalid master count: 0
  1658 (A) info: attempting failover!
  1658 (A) info: my failover id: <id 3>
  1658 (A) info: lock was a success!
  1659 (A) info: a had highest opcounter (106) of 3 nodes. congrats!
  1659 (A) debug: still using b as subSlave
  1659 (A) info: ready, using a as master
  1659 (A) info: publishing gossip:master for a
  1659 (A) info: making b into a slave...
  1659 (A) info: making c into a slave...
  1659 (A) info: a majority is there again: writing
  1660 (A) info: b is slave
  1660 (A) info: c is slave
a: master, epoch 3, 107 keys
b: replica of a, linked, epoch 3, 107 keys
c: replica of a, linked, epoch 3, 107 keys
A: ready, uses a, epoch 3
