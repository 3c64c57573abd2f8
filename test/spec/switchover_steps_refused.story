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
 15136 (A) info: planned switchover from a to b
 15136 (A) info: my failover id: <id 7>
 15136 (A) info: lock was a success!
 15137 (A) info: b has all of a. congrats!
 15138 (A) debug: defaulting to master as subSlave
 15138 (A) info: ready, using b as master
 15138 (A) info: publishing gossip:master for b
 15138 (A) done, ok: b is master
 15138 (A) info: making a into a slave...
 15138 (A) info: making c into a slave...
 15138 (A) info: a is slave
 15138 (A) info: c is slave
 15200 (A) info: renegotating subSlave away from master
 15200 (A) info: subSlave is now a
 16139 (A) info: planned switchover from b to a
 16139 (A) info: my failover id: <id 8>
 16139 (A) info: lock was a success!
 16140 (A) info: a has all of b. congrats!
 16141 (A) debug: defaulting to master as subSlave
 16141 (A) info: ready, using a as master
 16141 (A) info: publishing gossip:master for a
 16141 (A) done, ok: a is master
 16141 (A) info: making b into a slave...
 16141 (A) info: making c into a slave...
 16141 (A) info: b is slave
 16141 (A) info: c is slave

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
 17142 (A) info: planned switchover from a to b
 17142 (A) info: my failover id: <id 9>
 17142 now: lock b 200 200ms
 17142 now: lock c 200 200ms
 17142 (A) info: failover already in progress: stranger
 17142 (A) info: giving up: another client has the lock
 17142 (A) done, refused: another client has the lock

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
 19342 (A) info: planned switchover from a to c
 19342 (A) info: my failover id: <id 10>
 19343 (A) info: lock was a success!
 19343 now: cut a c
 19343 now: repl_ping a
 19593 (A) warning: c stopped short: a goes on
 19594 (A) debug: still using b as subSlave
 19594 (A) info: ready, using a as master
 19594 (A) info: publishing gossip:master for a
 19594 (A) info: making b into a slave...
 19594 (A) info: making c into a slave...
 19594 (A) info: b is slave
 19594 (A) info: c is slave

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
 19600 (A) info: planned switchover from a to c
 19600 (A) info: my failover id: <id 11>
 19600 (A) info: lock was a success!
 19601 (A) info: c has all of a. congrats!
 19602 (A) debug: still using b as subSlave
 19602 (A) info: ready, using c as master
 19602 (A) info: publishing gossip:master for c
 19602 (A) done, ok: c is master
 19602 (A) info: making a into a slave...
 19602 (A) info: making b into a slave...
 19602 (A) info: a is slave
 19602 (A) info: b is slave
 20596 (A) info: planned switchover from c to a
 20596 (A) info: my failover id: <id 12>
 20597 (A) info: lock was a success!
 20597 now: cut A > a
 20618 (A) warning: a was not sealed: c goes on
 20618 (A) debug: still using b as subSlave
 20618 (A) info: ready, using c as master
 20618 (A) info: publishing gossip:master for c
 20618 (A) info: making b into a slave...
 20618 (A) info: b is slave
 21597 (A) info: a is down (silent)
 22621 (A) warning: no switchover: that node is not a replica that follows the master
 22621 (A) done, refused: that node is not a replica that follows the master
 22622 (A) info: a is up
 22622 (A) done, ok: c is master already

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
 23622 (A) info: planned switchover from c to a
 23622 (A) info: my failover id: <id 13>
 23623 (A) info: lock was a success!
 23624 now: cut A > a
 23624 (A) info: a has all of c. congrats!
 24624 (A) info: a is down (silent)
 24624 (A) info: giving up: the promotion was not answered
 24624 (A) done, refused: the promotion was not answered
 24624 (A) info: a is up
 24644 (A) warning: invalid master count: 0
 24644 (A) info: attempting failover!
 24644 (A) info: my failover id: <id 14>
 24644 (A) info: lock was a success!
 24645 (A) info: a had highest opcounter (4568) of 3 nodes. congrats!
 24645 (A) debug: still using b as subSlave
 24645 (A) info: ready, using a as master
 24645 (A) info: publishing gossip:master for a
 24645 (A) info: making b into a slave...
 24645 (A) info: making c into a slave...
 24645 (A) info: b is slave
 24645 (A) info: c is slave

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
 25646 (A) info: planned switchover from a to c
 25646 (A) info: my failover id: <id 15>
 25646 (A) info: lock was a success!
 25647 now: cut A > c
 25647 now: kill b
 25647 (A) info: c has all of a. congrats!
 25648 (A) info: b is down (refused)
 25648 (A) info: subSlave went down, renegotiated to a
 26647 (A) info: c is down (silent)
 26647 (A) info: giving up: the promotion was not answered
 26647 (A) done, refused: the promotion was not answered
 26647 (A) info: c is up
 26661 (A) warning: invalid master count: 0
 26661 (A) info: attempting failover!
 26661 (A) info: my failover id: <id 16>
 26661 (A) info: lock was a success!
 26662 (A) info: a had highest opcounter (4772) of 2 nodes. congrats!
 26662 (A) debug: defaulting to master as subSlave
 26662 (A) info: ready, using a as master
 26662 (A) info: publishing gossip:master for a
 26662 (A) info: making c into a slave...
 26662 (A) info: a majority is there again: writing
 26662 (A) info: c is slave
 26700 (A) info: renegotating subSlave away from master
 26700 (A) info: subSlave is now c
 26870 (A) info: b is up
 26870 (A) info: making b into a slave...
 26871 (A) info: b is slave
a: master, epoch 108, 4814 keys
b: replica of a, linked, epoch 108, 4814 keys
c: replica of a, linked, epoch 108, 4814 keys
A: ready, uses a, epoch 108
