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
   501 (A) info: subSlave is now c
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: b is slave
   501 (A) info: c is slave

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
  3519 (A) info: b is up
  3519 (A) info: making b into a slave...
  3520 (A) info: b is slave

# The target's answers are lost.
mark
when A after pause: cut c > A
switchover A c
await 3s A done refused
heal
await 1s A writes
expect promotions 0
----
  4520 (A) info: planned switchover from a to c
  4520 (A) info: my failover id: <id 2>
  4521 (A) info: lock was a success!
  4521 now: cut c > A
  4621 (A) info: giving up: the replica does not catch up
  5520 (A) info: c is down (silent)
  5520 (A) info: subSlave is now b
  6626 (A) warning: no switchover: that node is not a replica that follows the master
  6626 (A) done, refused: that node is not a replica that follows the master
  6626 (A) info: c is up

# The master's answer to the pause is lost.
advance 2s
when a before pause: cut a > A
switchover A c
await 3s A done refused
heal
await 1s A writes
----
  8633 (A) info: planned switchover from a to c
  8633 (A) info: my failover id: <id 3>
  8633 (A) info: lock was a success!
  8633 now: cut a > A
  9133 (A) info: giving up: a step was not answered in time
  9133 (A) done, refused: a step was not answered in time

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
 11133 (A) info: planned switchover from a to c
 11133 (A) info: my failover id: <id 4>
 11134 (A) info: lock was a success!
 11134 now: kick a
 11134 (A) info: giving up: the master could not be paused
 11134 (A) done, refused: the master could not be paused
 11134 (A) warning: MASTER is down! (a)
 11134 (A) info: orientating (connection lost, 2/3 nodes up) ...
 11134 (A) tells: a: connection lost
 11134 (A) info: ready, using a as master
 13135 (A) info: planned switchover from a to c
 13135 (A) info: my failover id: <id 5>
 13135 (A) info: lock was a success!
 13135 now: kick c
 13135 (A) info: giving up: the target does not answer
 13135 (A) done, refused: the target does not answer

# Somebody else has been promised a newer epoch by the master meanwhile.
advance 1s
mark
when a after pause: promise a 99
switchover A c
await 3s A done refused
await 3s settled
await 1s A writes
----
 14136 (A) info: planned switchover from a to c
 14136 (A) info: my failover id: <id 6>
 14137 (A) info: lock was a success!
 14137 now: promise a 99
 14137 (A) info: giving up: the master has promised a newer epoch
 14137 (A) done, refused: the master has promised a newer epoch

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
 15143 (A) info: making c into a slave...
 15143 now: switchover A b
 15143 (A) info: c is slave
 15143 (A) info: planned switchover from a to b
 15143 (A) info: my failover id: <id 7>
 15144 (A) info: lock was a success!
 15144 (A) info: b has all of a. congrats!
 15145 (A) info: renegotating subSlave away from master
 15145 (A) info: subSlave is now a
 15145 (A) info: ready, using b as master
 15145 (A) info: publishing gossip:master for b
 15145 (A) done, ok: b is master
 15145 (A) info: making a into a slave...
 15145 (A) info: making c into a slave...
 15145 (A) info: a is slave
 15145 (A) info: c is slave
 16146 (A) info: planned switchover from b to a
 16146 (A) info: my failover id: <id 8>
 16146 (A) info: lock was a success!
 16147 (A) info: a has all of b. congrats!
 16147 (A) info: renegotating subSlave away from master
 16147 (A) info: subSlave is now c
 16147 (A) info: ready, using a as master
 16147 (A) info: publishing gossip:master for a
 16147 (A) done, ok: a is master
 16147 (A) info: making b into a slave...
 16147 (A) info: making c into a slave...
 16148 (A) info: b is slave
 16148 (A) info: c is slave

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
 17148 (A) info: planned switchover from a to b
 17148 (A) info: my failover id: <id 9>
 17148 now: lock b 200 200ms
 17148 now: lock c 200 200ms
 17148 (A) info: failover already in progress: stranger
 17148 (A) info: giving up: another client has the lock
 17148 (A) done, refused: another client has the lock

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
 19349 (A) info: planned switchover from a to c
 19349 (A) info: my failover id: <id 10>
 19349 (A) info: lock was a success!
 19349 now: cut a c
 19350 now: repl_ping a
 19600 (A) warning: c stopped 14 bytes short: a goes on
 19600 (A) info: ready, using a as master
 19600 (A) info: publishing gossip:master for a
 19600 (A) info: making b into a slave...
 19600 (A) info: making c into a slave...
 19601 (A) info: b is slave
 19601 (A) info: c is slave
 19601 (A) info: planned switchover from a to c
 19601 (A) info: my failover id: <id 11>
 19601 (A) info: lock was a success!
 19701 (A) info: giving up: the replica does not catch up
 19701 (A) info: planned switchover from a to c
 19701 (A) info: my failover id: <id 12>
 19701 (A) info: lock was a success!
 19702 (A) info: c has all of a. congrats!
 19702 (A) info: renegotating subSlave away from master
 19702 (A) info: subSlave is now b
 19702 (A) info: ready, using c as master
 19702 (A) info: publishing gossip:master for c
 19702 (A) done, ok: c is master
 19702 (A) info: making a into a slave...
 19702 (A) info: making b into a slave...
 19703 (A) info: a is slave
 19703 (A) info: b is slave
a: replica of c, linked, epoch 103, 3786 keys
b: replica of c, linked, epoch 103, 3786 keys
c: master, epoch 103, 3786 keys
A: ready, uses c, epoch 103
