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
   575 (A) info: renegotating subSlave away from master
   575 (A) info: subSlave is now c

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
  3275 (A) info: b is up
  3275 (A) info: making b into a slave...
  3276 (A) info: b is slave

# The target's answers are lost.
mark
when A after pause: cut c > A
switchover A c
await 3s A done refused
heal
await 1s A writes
expect promotions 0
----
  4276 (A) info: planned switchover from a to c
  4276 (A) info: my failover id: <id 2>
  4277 (A) info: lock was a success!
  4277 now: cut c > A
  4377 (A) info: giving up: the replica does not catch up
  4912 (A) info: subSlave c hears nothing
  4912 (A) info: subSlave is now b
  5276 (A) info: c is down (silent)
  6383 (A) warning: no switchover: that node is not a replica that follows the master
  6383 (A) done, refused: that node is not a replica that follows the master
  6383 (A) info: c is up

# The master's answer to the pause is lost.
advance 2s
when a before pause: cut a > A
switchover A c
await 3s A done refused
heal
await 1s A writes
----
  8389 (A) info: planned switchover from a to c
  8389 (A) info: my failover id: <id 3>
  8390 (A) info: lock was a success!
  8390 now: cut a > A
  8890 (A) info: giving up: a step was not answered in time
  8890 (A) done, refused: a step was not answered in time

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
 10890 (A) info: planned switchover from a to c
 10890 (A) info: my failover id: <id 4>
 10891 (A) info: lock was a success!
 10891 now: kick a
 10891 (A) info: giving up: the master could not be paused
 10891 (A) done, refused: the master could not be paused
 10891 (A) warning: MASTER is down! (a)
 10891 (A) info: orientating (connection lost, 2/3 nodes up) ...
 10891 (A) tells: a: connection lost
 10891 (A) debug: still using b as subSlave
 10891 (A) info: ready, using a as master
 12892 (A) info: planned switchover from a to c
 12892 (A) info: my failover id: <id 5>
 12892 (A) info: lock was a success!
 12892 now: kick c
 12892 (A) info: giving up: the target does not answer
 12892 (A) done, refused: the target does not answer

# Somebody else has been promised a newer epoch by the master meanwhile.
advance 1s
mark
when a after pause: promise a 99
switchover A c
await 3s A done refused
await 3s settled
await 1s A writes
----
 13893 (A) info: planned switchover from a to c
 13893 (A) info: my failover id: <id 6>
 13894 (A) info: lock was a success!
 13894 now: promise a 99
 13894 (A) info: giving up: the master has promised a newer epoch
 13894 (A) done, refused: the master has promised a newer epoch

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
 14898 (A) info: making c into a slave...
 14899 now: switchover A b
 14899 (A) info: c is slave
 14899 (A) info: planned switchover from a to b
 14899 (A) info: my failover id: <id 7>
 14899 (A) info: lock was a success!
 14900 (A) info: b has all of a. congrats!
 14900 (A) debug: defaulting to master as subSlave
 14900 (A) info: ready, using b as master
 14900 (A) info: publishing gossip:master for b
 14900 (A) done, ok: b is master
 14900 (A) info: making a into a slave...
 14900 (A) info: making c into a slave...
 14901 (A) info: a is slave
 14901 (A) info: c is slave
 15000 (A) info: renegotating subSlave away from master
 15000 (A) info: subSlave is now a
 15901 (A) info: planned switchover from b to a
 15901 (A) info: my failover id: <id 8>
 15902 (A) info: lock was a success!
 15902 (A) info: a has all of b. congrats!
 15903 (A) debug: defaulting to master as subSlave
 15903 (A) info: ready, using a as master
 15903 (A) info: publishing gossip:master for a
 15903 (A) done, ok: a is master
 15903 (A) info: making b into a slave...
 15903 (A) info: making c into a slave...
 15903 (A) info: b is slave
 15903 (A) info: c is slave

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
 15992 (A) info: renegotating subSlave away from master
 15992 (A) info: subSlave is now b
 16904 (A) info: planned switchover from a to b
 16904 (A) info: my failover id: <id 9>
 16904 now: lock b 200 200ms
 16904 now: lock c 200 200ms
 16904 (A) info: failover already in progress: stranger
 16904 (A) info: giving up: another client has the lock
 16904 (A) done, refused: another client has the lock

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
 19104 (A) info: planned switchover from a to c
 19104 (A) info: my failover id: <id 10>
 19105 (A) info: lock was a success!
 19105 now: cut a c
 19105 now: repl_ping a
 19355 (A) warning: c stopped 14 bytes short: a goes on
 19355 (A) debug: still using b as subSlave
 19355 (A) info: ready, using a as master
 19355 (A) info: publishing gossip:master for a
 19355 (A) info: making b into a slave...
 19355 (A) info: making c into a slave...
 19356 (A) info: b is slave
 19356 (A) info: c is slave
 19356 (A) info: planned switchover from a to c
 19356 (A) info: my failover id: <id 11>
 19356 (A) info: lock was a success!
 19456 (A) info: giving up: the replica does not catch up
 19456 (A) info: planned switchover from a to c
 19456 (A) info: my failover id: <id 12>
 19456 (A) info: lock was a success!
 19457 (A) info: c has all of a. congrats!
 19457 (A) debug: still using b as subSlave
 19457 (A) info: ready, using c as master
 19457 (A) info: publishing gossip:master for c
 19457 (A) done, ok: c is master
 19457 (A) info: making a into a slave...
 19457 (A) info: making b into a slave...
 19458 (A) info: a is slave
 19458 (A) info: b is slave

# The promotion does not arrive. The election that follows seals everybody, the old master too, and
# nobody was elected in between: who is promoted has all, and nobody has missed anything.
advance 1s
mark
when A before seal: cut A > a
switchover A a
await 3s A done refused
heal
await 3s settled
expect A planned
expect promotions 1
expect lost 0
----
 20458 (A) info: planned switchover from c to a
 20458 (A) info: my failover id: <id 13>
 20459 (A) info: lock was a success!
 20459 now: cut A > a
 20459 (A) info: a has all of c. congrats!
 21459 (A) info: a is down (silent)
 21459 (A) info: giving up: the promotion was not answered
 21459 (A) done, refused: the promotion was not answered
 21459 (A) info: a is up
 21477 (A) warning: invalid master count: 0
 21477 (A) info: attempting failover!
 21477 (A) info: my failover id: <id 14>
 21477 (A) info: lock was a success!
 21478 (A) info: a had highest opcounter (3939) of 3 nodes. congrats!
 21479 (A) debug: still using b as subSlave
 21479 (A) info: ready, using a as master
 21479 (A) info: publishing gossip:master for a
 21479 (A) info: making b into a slave...
 21479 (A) info: making c into a slave...
 21479 (A) info: b is slave
 21479 (A) info: c is slave

# The same, but a node takes no part in the election: nobody knows what it may have seen.
advance 1s
mark
when A before seal: cut A > c
when A before seal: kill b
switchover A c
await 3s A done refused
heal
await 3s A writes
expect A unplanned
start b
await 3s settled
----
 22479 (A) info: planned switchover from a to c
 22479 (A) info: my failover id: <id 15>
 22480 (A) info: lock was a success!
 22480 now: cut A > c
 22480 now: kill b
 22480 (A) info: c has all of a. congrats!
 22481 (A) info: b is down (refused)
 22481 (A) info: subSlave went down, renegotiated to c
 23480 (A) info: c is down (silent)
 23480 (A) info: giving up: the promotion was not answered
 23480 (A) done, refused: the promotion was not answered
 23480 (A) info: subSlave went down, renegotiated to a
 23480 (A) info: c is up
 23499 (A) warning: invalid master count: 0
 23499 (A) info: attempting failover!
 23499 (A) info: my failover id: <id 16>
 23499 (A) info: lock was a success!
 23500 (A) info: a had highest opcounter (4135) of 2 nodes. congrats!
 23501 (A) debug: defaulting to master as subSlave
 23501 (A) info: ready, using a as master
 23501 (A) info: publishing gossip:master for a
 23501 (A) info: making c into a slave...
 23501 (A) info: a majority is there again: writing
 23501 (A) info: c is slave
 23541 (A) info: b is up
 23541 (A) info: making b into a slave...
 23542 (A) info: b is slave
a: master, epoch 107, 4143 keys
b: replica of a, linked, epoch 107, 4143 keys
c: replica of a, linked, epoch 107, 4143 keys
A: ready, uses a, epoch 107
