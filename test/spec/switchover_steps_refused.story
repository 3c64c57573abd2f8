# A planned switchover that cannot go on leaves the master as it was, or makes it master again.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
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

# It is master already; and a node that is down follows nobody.
switchover A a
await 1s A done ok
kill b
advance 200ms
switchover A b
await 3s A done refused
start b
await 1s settled
advance 1s
----
  1022 (A) done, ok: a is master already
  1022 (A) info: b is down (refused)
  3226 (A) warning: no switchover: that node is not a replica that follows the master
  3226 (A) done, refused: that node is not a replica that follows the master
  3488 (A) info: b is up
  3488 (A) info: making b into a slave...
  3489 (A) info: b is slave

# The target's answers are lost.
mark
when A after pause: cut c > A
switchover A c
await 3s A done refused
heal
await 1s A writes
expect promotions 0
----
  4489 (A) info: planned switchover from a to c
  4489 (A) info: my failover id: <id 2>
  4490 (A) info: lock was a success!
  4490 now: cut c > A
  4590 (A) info: giving up: the replica does not catch up
  5135 (A) info: subSlave c hears nothing
  5135 (A) info: subSlave is now b
  5489 (A) info: c is down (silent)
  6598 (A) warning: no switchover: that node is not a replica that follows the master
  6598 (A) done, refused: that node is not a replica that follows the master
  6598 (A) info: c is up

# The master's answer to the pause is lost.
advance 2s
when a before pause: cut a > A
switchover A c
await 3s A done refused
heal
await 1s A writes
----
  8604 (A) info: planned switchover from a to c
  8604 (A) info: my failover id: <id 3>
  8604 (A) info: lock was a success!
  8604 now: cut a > A
  9104 (A) info: giving up: a step was not answered in time
  9104 (A) done, refused: a step was not answered in time

# The link to the master, then to the target, breaks at the wrong moment.
advance 2s
when a before pause: kick a
switchover A c
await 3s A done refused
await 3s settled
advance 2s
when a after pause: kick c
switchover A c
await 3s A done refused
await 3s settled
----
 11104 (A) info: planned switchover from a to c
 11104 (A) info: my failover id: <id 4>
 11105 (A) info: lock was a success!
 11105 now: kick a
 11105 (A) info: giving up: the master could not be paused
 11105 (A) done, refused: the master could not be paused
 11105 (A) warning: MASTER is down! (a)
 11105 (A) info: orientating (connection lost, 2/3 nodes up) ...
 11105 (A) tells: a: connection lost
 11105 (A) debug: still using b as subSlave
 11105 (A) info: ready, using a as master
 13106 (A) info: planned switchover from a to c
 13106 (A) info: my failover id: <id 5>
 13106 (A) info: lock was a success!
 13106 now: kick c
 13106 (A) info: giving up: the target does not answer
 13106 (A) done, refused: the target does not answer

# Somebody else has been promised a newer epoch by the master meanwhile.
advance 1s
mark
when a after pause: promise a 99
switchover A c
await 3s A done refused
await 3s settled
await 1s A writes
----
 14107 (A) info: planned switchover from a to c
 14107 (A) info: my failover id: <id 6>
 14108 (A) info: lock was a success!
 14108 now: promise a 99
 14108 (A) info: giving up: the master has promised a newer epoch
 14108 (A) done, refused: the master has promised a newer epoch

# c has just come back and is being made a slave when the person asks: the switchover comes first.
advance 1s
kill c
start c
when c before follow: switchover A b
await 3s settled
await 1s A master b
await 3s settled
advance 1s
switchover A a
await 1s A master a
await 3s settled
----
 15116 (A) info: making c into a slave...
 15116 now: switchover A b
 15116 (A) info: c is slave
 15116 (A) info: planned switchover from a to b
 15116 (A) info: my failover id: <id 7>
 15117 (A) info: lock was a success!
 15118 (A) info: b has all of a. congrats!
 15118 (A) debug: defaulting to master as subSlave
 15118 (A) info: ready, using b as master
 15118 (A) info: publishing gossip:master for b
 15118 (A) done, ok: b is master
 15118 (A) info: making a into a slave...
 15118 (A) info: making c into a slave...
 15119 (A) info: a is slave
 15119 (A) info: c is slave
 15200 (A) info: renegotating subSlave away from master
 15200 (A) info: subSlave is now a
 16119 (A) info: planned switchover from b to a
 16119 (A) info: my failover id: <id 8>
 16120 (A) info: lock was a success!
 16121 (A) info: a has all of b. congrats!
 16121 (A) debug: defaulting to master as subSlave
 16121 (A) info: ready, using a as master
 16121 (A) info: publishing gossip:master for a
 16121 (A) done, ok: a is master
 16121 (A) info: making b into a slave...
 16121 (A) info: making c into a slave...
 16122 (A) info: b is slave
 16122 (A) info: c is slave

# The other nodes are locked by a stranger.
advance 1s
mark
when A before lock: lock b 200 200ms
when A before lock: lock c 200 200ms
switchover A
await 3s A done refused
await 3s A writes
await 3s settled
----
 16200 (A) info: renegotating subSlave away from master
 16200 (A) info: subSlave is now b
 17122 (A) info: planned switchover from a to b
 17122 (A) info: my failover id: <id 9>
 17122 now: lock b 200 200ms
 17122 now: lock c 200 200ms
 17122 (A) info: failover already in progress: stranger
 17122 (A) info: giving up: another client has the lock
 17122 (A) done, refused: another client has the lock

# A replication PING slips in behind the pause, and the target does not get it any more.
advance 2s
mark
when a after pause: cut a c
when a before seal: repl_ping a
switchover A c
await 3s A writes
expect promotions 1
heal
await 3s settled
expect lost 0
----
 19323 (A) info: planned switchover from a to c
 19323 (A) info: my failover id: <id 10>
 19323 (A) info: lock was a success!
 19323 now: cut a c
 19324 now: repl_ping a
 19574 (A) warning: c stopped short: a goes on
 19575 (A) debug: still using b as subSlave
 19575 (A) info: ready, using a as master
 19575 (A) info: publishing gossip:master for a
 19575 (A) info: making b into a slave...
 19575 (A) info: making c into a slave...
 19575 (A) info: b is slave
 19575 (A) info: c is slave

# The target cannot be sealed: who had everything goes on, under the new epoch, and nobody has missed
# anything.
advance 1s
mark
when A before seal: cut A > a
switchover A a
await 4s A done refused
expect A planned
expect promotions 1
heal
await 3s settled
expect lost 0
switchover A c
await 1s A done ok
----
 19595 (A) info: planned switchover from a to c
 19595 (A) info: my failover id: <id 11>
 19595 (A) info: lock was a success!
 19596 (A) info: c has all of a. congrats!
 19597 (A) debug: still using b as subSlave
 19597 (A) info: ready, using c as master
 19597 (A) info: publishing gossip:master for c
 19597 (A) done, ok: c is master
 19597 (A) info: making a into a slave...
 19597 (A) info: making b into a slave...
 19597 (A) info: a is slave
 19597 (A) info: b is slave
 20581 (A) info: planned switchover from c to a
 20581 (A) info: my failover id: <id 12>
 20581 (A) info: lock was a success!
 20582 now: cut A > a
 20602 (A) warning: a was not sealed: c goes on
 20602 (A) debug: still using b as subSlave
 20602 (A) info: ready, using c as master
 20602 (A) info: publishing gossip:master for c
 20602 (A) info: making b into a slave...
 20602 (A) info: b is slave
 21582 (A) info: a is down (silent)
 22604 (A) warning: no switchover: that node is not a replica that follows the master
 22604 (A) done, refused: that node is not a replica that follows the master
 22604 (A) info: a is up
 22604 (A) done, ok: c is master already

# The promotion does not arrive. The election that follows seals everybody, the old master too, and
# nobody was elected in between: who is promoted has all, and nobody has missed anything.
advance 1s
mark
when a after seal: cut A > a
switchover A a
await 3s A done refused
heal
await 3s settled
expect A planned
expect promotions 1
expect lost 0
----
 23605 (A) info: planned switchover from c to a
 23605 (A) info: my failover id: <id 13>
 23605 (A) info: lock was a success!
 23606 now: cut A > a
 23606 (A) info: a has all of c. congrats!
 24606 (A) info: a is down (silent)
 24606 (A) info: giving up: the promotion was not answered
 24606 (A) done, refused: the promotion was not answered
 24606 (A) info: a is up
 24626 (A) warning: invalid master count: 0
 24626 (A) info: attempting failover!
 24626 (A) info: my failover id: <id 14>
 24626 (A) info: lock was a success!
 24627 (A) info: a had highest opcounter (4580) of 3 nodes. congrats!
 24627 (A) debug: still using b as subSlave
 24627 (A) info: ready, using a as master
 24627 (A) info: publishing gossip:master for a
 24627 (A) info: making b into a slave...
 24627 (A) info: making c into a slave...
 24627 (A) info: b is slave
 24627 (A) info: c is slave

# The same, but a node takes no part in the election: nobody knows what it may have seen.
advance 1s
mark
when c after seal: cut A > c
when c after seal: kill b
switchover A c
await 3s A done refused
heal
await 3s A writes
expect A unplanned
start b
await 3s settled
----
 25628 (A) info: planned switchover from a to c
 25628 (A) info: my failover id: <id 15>
 25628 (A) info: lock was a success!
 25629 now: cut A > c
 25629 now: kill b
 25629 (A) info: c has all of a. congrats!
 25630 (A) info: b is down (refused)
 25630 (A) info: subSlave went down, renegotiated to c
 26629 (A) info: c is down (silent)
 26629 (A) info: giving up: the promotion was not answered
 26629 (A) done, refused: the promotion was not answered
 26629 (A) info: subSlave went down, renegotiated to a
 26629 (A) info: c is up
 26643 (A) warning: invalid master count: 0
 26643 (A) info: attempting failover!
 26643 (A) info: my failover id: <id 16>
 26643 (A) info: lock was a success!
 26644 (A) info: a had highest opcounter (4785) of 2 nodes. congrats!
 26644 (A) debug: defaulting to master as subSlave
 26644 (A) info: ready, using a as master
 26644 (A) info: publishing gossip:master for a
 26644 (A) info: making c into a slave...
 26644 (A) info: a majority is there again: writing
 26644 (A) info: c is slave
 26700 (A) info: renegotating subSlave away from master
 26700 (A) info: subSlave is now c
 26889 (A) info: b is up
 26889 (A) info: making b into a slave...
 26890 (A) info: b is slave
a: master, epoch 108, 4834 keys
b: replica of a, linked, epoch 108, 4834 keys
c: replica of a, linked, epoch 108, 4834 keys
A: ready, uses a, epoch 108
