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
   579 (A) info: renegotating subSlave away from master
   579 (A) info: subSlave is now c
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
  1066 (A) warning: invalid master count: 0
  1066 (A) info: attempting failover!
  1066 (A) info: my failover id: <id 4>
  1066 (A) info: lock was a success!
  1066 (A) info: b had highest opcounter (106) of 2 nodes. congrats!
  1067 (A) debug: still using c as subSlave
  1067 (A) info: ready, using b as master
  1067 (A) info: publishing gossip:master for b
  1067 (A) info: making c into a slave...
  1067 (A) info: c is slave

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
  1082 (A) info: a is up
  1082 (A) info: making a into a slave...
  1083 (A) info: a is slave
  2083 (A) info: planned switchover from b to a
  2083 (A) info: my failover id: <id 5>
  2083 now: kick a
  2083 (A) info: giving up: the lock was not given
  2083 (A) done, refused: the lock was not given
a: replica of b, linked, epoch 2, 312 keys
b: master, epoch 2, 312 keys
c: replica of b, linked, epoch 2, 312 keys
A: ready, uses b, epoch 2
