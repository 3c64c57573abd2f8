# The elected node is restarted empty within milliseconds, before the others follow it. It is no
# master any more: it starts sealed, and nobody is told to follow an empty server.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 500ms
mark
when b after promote: kill b
when c after seal: start a
kill a
advance 50ms
start b empty
await 10s settled
expect durable_lost 0
await 1s A writes
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
   579 (B) info: renegotating subSlave away from master
   579 (B) info: subSlave is now b
   579 (A) info: renegotating subSlave away from master
   579 (A) info: subSlave is now c
  1022 (B) warning: MASTER is down! (a)
  1022 (B) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (B) tells: a: connection lost
  1022 (A) warning: MASTER is down! (a)
  1022 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (A) tells: a: connection lost
  1022 (B) info: a is down (refused)
  1022 (B) warning: invalid master count: 0
  1022 (B) info: attempting failover!
  1022 (B) info: my failover id: <id 3>
  1022 (A) info: a is down (refused)
  1022 (A) warning: invalid master count: 0
  1022 (A) info: attempting failover!
  1022 (A) info: my failover id: <id 4>
  1022 (A) info: failover already in progress: <id 3>
  1022 (A) info: giving up: another client has the lock
  1022 (B) info: lock was a success!
  1023 now: start a
  1023 (B) info: b had highest opcounter (213) of 2 nodes. congrats!
  1023 now: kill b
  1023 (B) debug: defaulting to master as subSlave
  1023 (B) info: ready, using b as master
  1023 (B) info: publishing gossip:master for b
  1023 (B) info: making c into a slave...
  1023 (B) warning: MASTER is down! (b)
  1023 (B) debug: giving up: the master is gone
  1023 (B) info: orientating (connection lost, 1/3 nodes up) ...
  1023 (B) tells: b: connection lost
  1023 (A) info: gossip said b was promoted!
  1023 (B) info: gossip said b was promoted!
  1023 (B) warning: refusing to orientate without a majority up!
  1023 (B) info: b is down (refused)
  1023 (B) info: subSlave went down, renegotiated to c
  1023 (A) info: b is down (refused)
  1027 (B) info: a is up
  1027 (B) warning: invalid master count: 0
  1027 (B) info: attempting failover!
  1027 (B) info: my failover id: <id 5>
  1027 (B) info: lock was a success!
  1028 (A) info: a is up
  1028 (B) info: giving up: too few nodes with a known history could be sealed
  1035 (B) warning: invalid master count: 0
  1035 (B) info: attempting failover!
  1035 (B) info: my failover id: <id 6>
  1035 (B) info: lock was a success!
  1035 (B) info: giving up: too few nodes with a known history could be sealed
  1044 (A) warning: invalid master count: 0
  1044 (A) info: attempting failover!
  1044 (A) info: my failover id: <id 7>
  1044 (A) info: lock was a success!
  1044 (A) info: giving up: too few nodes with a known history could be sealed
  1053 (A) warning: invalid master count: 0
  1053 (A) info: attempting failover!
  1053 (A) info: my failover id: <id 8>
  1053 (B) warning: invalid master count: 0
  1053 (B) info: attempting failover!
  1053 (B) info: my failover id: <id 9>
  1053 (B) info: failover already in progress: <id 8>
  1053 (B) info: giving up: another client has the lock
  1053 (A) info: lock was a success!
  1053 (A) info: giving up: too few nodes with a known history could be sealed
  1085 (A) warning: invalid master count: 0
  1085 (A) info: attempting failover!
  1085 (A) info: my failover id: <id 10>
  1085 (A) info: lock was a success!
  1085 (A) info: giving up: too few nodes with a known history could be sealed
  1107 (A) warning: invalid master count: 0
  1107 (A) info: attempting failover!
  1107 (A) info: my failover id: <id 11>
  1107 (A) info: lock was a success!
  1107 (A) info: giving up: too few nodes with a known history could be sealed
  1108 (B) info: b is up
  1112 (A) info: b is up
  1129 (B) warning: invalid master count: 0
  1129 (B) info: attempting failover!
  1129 (B) info: my failover id: <id 12>
  1129 (B) info: giving up: the lock was not given
  1153 (B) warning: invalid master count: 0
  1153 (B) info: attempting failover!
  1153 (B) info: my failover id: <id 13>
  1153 (B) info: lock was a success!
  1153 (B) info: a had highest opcounter (213) of 3 nodes. congrats!
  1154 (B) debug: still using c as subSlave
  1154 (B) info: ready, using a as master
  1154 (B) info: publishing gossip:master for a
  1154 (B) info: making b into a slave...
  1154 (B) info: making c into a slave...
  1154 (A) info: gossip said a was promoted!
  1154 (A) debug: still using c as subSlave
  1154 (A) info: ready, using a as master
  1154 (B) info: b is slave
  1154 (B) info: c is slave
a: master, epoch 9, 222 keys
b: replica of a, linked, epoch 9, 222 keys
c: replica of a, linked, epoch 9, 222 keys
A: ready, uses a, epoch 9
B: ready, uses a, epoch 9
