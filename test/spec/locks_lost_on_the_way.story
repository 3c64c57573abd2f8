# The answer to a lock is lost with its link: too few locks, so nothing is touched. It is tried again.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
when b before lock: kick b
when c before lock: kick c
kill a
await 3s A writes
expect promotions 2
expect lost 0
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
   575 (A) info: renegotating subSlave away from master
   575 (A) info: subSlave is now c
  1022 (A) warning: MASTER is down! (a)
  1022 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (A) tells: a: connection lost
  1022 (A) info: a is down (refused)
  1022 (A) warning: invalid master count: 0
  1022 (A) info: attempting failover!
  1022 (A) info: my failover id: <id 2>
  1022 now: kick c
  1022 (A) info: giving up: the lock was not given
  1042 (A) warning: invalid master count: 0
  1042 (A) info: attempting failover!
  1042 (A) info: my failover id: <id 3>
  1042 now: kick b
  1042 (A) info: giving up: too few locks
  1051 (A) warning: invalid master count: 0
  1051 (A) info: attempting failover!
  1051 (A) info: my failover id: <id 4>
  1051 (A) info: lock was a success!
  1051 (A) info: b had highest opcounter (106) of 2 nodes. congrats!
  1052 (A) debug: still using c as subSlave
  1052 (A) info: ready, using b as master
  1052 (A) info: publishing gossip:master for b
  1052 (A) info: making c into a slave...
  1052 (A) info: c is slave

# The same in a planned switchover: the master goes on.
start a
await 3s settled
advance 1s
mark
when a before lock: kick a
switchover A a
await 3s A done refused
await 1s A writes
----
  1070 (A) info: a is up
  1070 (A) info: making a into a slave...
  1071 (A) info: a is slave
  2071 (A) info: planned switchover from b to a
  2071 (A) info: my failover id: <id 5>
  2072 now: kick a
  2072 (A) info: giving up: too few locks
  2072 (A) done, refused: too few locks
a: replica of b, linked, epoch 2, 314 keys
b: master, epoch 2, 314 keys
c: replica of b, linked, epoch 2, 314 keys
A: ready, uses b, epoch 2
