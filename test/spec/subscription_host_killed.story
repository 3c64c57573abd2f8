# The node that carries the subscriptions is killed: they move at once, to whoever is left.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
expect A sub c
kill c
await 20ms A sub b
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
  1022 (A) info: c is down (refused)
  1022 (A) info: subSlave went down, renegotiated to b

# Both die, the master first. There is no master to ask: whoever answers will do.
start c
await 1s settled
advance 500ms
expect A sub b
kill a
await 1ms master none
kill b
await 20ms A sub c
expect master none
----
  1030 (A) info: c is up
  1030 (A) info: making c into a slave...
  1031 (A) info: c is slave
  1531 (A) warning: MASTER is down! (a)
  1531 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1531 (A) tells: a: connection lost
  1531 (A) info: a is down (refused)
  1531 (A) warning: invalid master count: 0
  1531 (A) info: attempting failover!
  1531 (A) info: my failover id: <id 2>
  1532 (A) info: giving up: too few locks
  1532 (A) info: b is down (refused)
  1532 (A) info: subSlave went down, renegotiated to c

# The old master comes back sealed, and c is promoted: subscriptions stay until a is fed.
start a
await 2s settled
advance 500ms
expect A sub a
----
  1536 (A) info: a is up
  1537 (A) warning: invalid master count: 0
  1537 (A) info: attempting failover!
  1537 (A) info: my failover id: <id 3>
  1537 (A) info: lock was a success!
  1537 (A) info: c had highest opcounter (210) of 2 nodes. congrats!
  1538 (A) debug: defaulting to master as subSlave
  1538 (A) info: ready, using c as master
  1538 (A) info: publishing gossip:master for c
  1538 (A) info: making a into a slave...
  1538 (A) info: a is slave
  1600 (A) info: renegotating subSlave away from master
  1600 (A) info: subSlave is now a
a: replica of c, linked, epoch 2, 310 keys
b: down
c: master, epoch 2, 310 keys
A: ready, uses c, epoch 2
