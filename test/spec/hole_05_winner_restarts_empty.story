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
   576 (A) info: renegotating subSlave away from master
   576 (A) info: subSlave is now c
   576 (B) info: renegotating subSlave away from master
   576 (B) info: subSlave is now c
  1022 (B) warning: MASTER is down! (a)
  1022 (B) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (B) tells: a: connection lost
  1022 (A) warning: MASTER is down! (a)
  1022 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (A) tells: a: connection lost
  1022 (B) info: a is down (refused)
  1022 (A) info: a is down (refused)
  1022 (A) warning: invalid master count: 0
  1022 (A) info: attempting failover!
  1022 (A) info: my failover id: <id 3>
  1022 (A) info: lock was a success!
  1023 now: start a
  1023 (A) info: b had highest opcounter (213) of 2 nodes. congrats!
  1023 now: kill b
  1023 (A) debug: still using c as subSlave
  1023 (A) info: ready, using b as master
  1023 (A) info: publishing gossip:master for b
  1023 (A) info: making c into a slave...
  1023 (A) warning: MASTER is down! (b)
  1023 (A) debug: giving up: the master is gone
  1023 (A) info: orientating (connection lost, 1/3 nodes up) ...
  1023 (A) tells: b: connection lost
  1023 (A) info: gossip said b was promoted!
  1023 (B) info: gossip said b was promoted!
  1023 (A) warning: refusing to orientate without a majority up!
  1023 (A) info: b is down (refused)
  1023 (B) info: b is down (refused)
  1028 (B) warning: refusing to orientate without a majority up!
  1030 (A) info: a is up
  1030 (A) warning: too few nodes with a known history are there
  1032 (B) info: a is up
  1032 (B) warning: too few nodes with a known history are there
  1077 (B) info: b is up
  1077 (B) warning: invalid master count: 0
  1077 (B) info: attempting failover!
  1077 (B) info: my failover id: <id 4>
  1077 (B) info: lock was a success!
  1078 (B) info: a had highest opcounter (213) of 3 nodes. congrats!
  1078 (B) debug: still using c as subSlave
  1078 (B) info: ready, using a as master
  1078 (B) info: publishing gossip:master for a
  1078 (B) info: making b into a slave...
  1078 (B) info: making c into a slave...
  1078 (A) info: gossip said a was promoted!
  1079 (A) debug: still using c as subSlave
  1079 (A) info: ready, using a as master
  1079 (B) info: b is slave
  1079 (B) info: c is slave
a: master, epoch 3, 219 keys
b: replica of a, linked, epoch 3, 219 keys
c: replica of a, linked, epoch 3, 219 keys
A: ready, uses a, epoch 3
B: ready, uses a, epoch 3
