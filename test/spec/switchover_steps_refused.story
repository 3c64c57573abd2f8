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
expect A done ok
kill b
advance 200ms
switchover A b
expect A done refused
start b
await 1s settled
advance 1s
----
  1022 (A) done, ok: a is master already
  1022 (A) info: b is down (refused)
  1222 (A) warning: no switchover: that node is not a replica that follows the master
  1222 (A) done, refused: that node is not a replica that follows the master
  1258 (A) info: b is up
  1258 (A) info: making b into a slave...
  1259 (A) info: b is slave

# The target's answers are lost.
mark
when A after pause: cut c > A
switchover A c
await 3s A done refused
heal
await 1s A writes
expect promotions 0
----
  2259 (A) info: planned switchover from a to c
  2259 (A) info: my failover id: <id 2>
  2259 (A) info: lock was a success!
  2259 now: cut c > A
  2760 (A) info: giving up: a step was not answered in time
  2760 (A) done, refused: a step was not answered in time

# The master's answer to the pause is lost.
advance 2s
when a before pause: cut a > A
switchover A c
await 3s A done refused
heal
await 1s A writes
----
  4760 (A) info: planned switchover from a to c
  4760 (A) info: my failover id: <id 3>
  4760 (A) info: lock was a success!
  4761 now: cut a > A
  5260 (A) info: giving up: a step was not answered in time
  5260 (A) done, refused: a step was not answered in time

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
  7261 (A) info: planned switchover from a to c
  7261 (A) info: my failover id: <id 4>
  7261 (A) info: lock was a success!
  7262 now: kick a
  7262 (A) info: giving up: the master could not be paused
  7262 (A) done, refused: the master could not be paused
  7262 (A) warning: MASTER is down! (a)
  7262 (A) info: orientating (connection lost, 2/3 nodes up) ...
  7262 (A) tells: a: connection lost
  7262 (A) info: ready, using a as master
  9263 (A) info: planned switchover from a to c
  9263 (A) info: my failover id: <id 5>
  9263 (A) info: lock was a success!
  9263 now: kick c
  9263 (A) info: giving up: the target does not answer
  9263 (A) done, refused: the target does not answer
  9263 (A) info: subSlave is now b

# Somebody else has been promised a newer epoch by the master meanwhile.
advance 1s
mark
when a after pause: promise a 99
switchover A c
await 3s A done refused
await 3s settled
await 1s A writes
----
 10763 (A) info: planned switchover from a to c
 10763 (A) info: my failover id: <id 6>
 10763 (A) info: lock was a success!
 10764 now: promise a 99
 10764 (A) info: giving up: the master has promised a newer epoch
 10764 (A) done, refused: the master has promised a newer epoch

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
 12265 (A) info: making c into a slave...
 12265 now: switchover A b
 12265 (A) debug: giving up: a switchover comes first
 12265 (A) info: planned switchover from a to b
 12265 (A) info: my failover id: <id 7>
 12265 (A) info: lock was a success!
 12266 (A) info: b has all of a. congrats!
 12267 (A) info: renegotating subSlave away from master
 12267 (A) info: subSlave is now c
 12267 (A) info: ready, using b as master
 12267 (A) info: publishing gossip:master for b
 12267 (A) done, ok: b is master
 12267 (A) info: making a into a slave...
 12267 (A) info: making c into a slave...
 12267 (A) info: a is slave
 12267 (A) info: c is slave
 13268 (A) info: planned switchover from b to a
 13268 (A) info: my failover id: <id 8>
 13268 (A) info: lock was a success!
 13269 (A) info: a has all of b. congrats!
 13269 (A) info: ready, using a as master
 13269 (A) info: publishing gossip:master for a
 13269 (A) done, ok: a is master
 13269 (A) info: making b into a slave...
 13269 (A) info: making c into a slave...
 13270 (A) info: b is slave
 13270 (A) info: c is slave

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
 14270 (A) info: planned switchover from a to b
 14270 (A) info: my failover id: <id 9>
 14270 now: lock b 200 200ms
 14270 now: lock c 200 200ms
 14270 (A) info: failover already in progress: stranger
 14270 (A) info: giving up: another client has the lock
 14270 (A) done, refused: another client has the lock

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
 16470 (A) info: planned switchover from a to c
 16470 (A) info: my failover id: <id 10>
 16470 (A) info: lock was a success!
 16471 now: cut a c
 16471 now: repl_ping a
 16721 (A) warning: c stopped 14 bytes short: a goes on
 16721 (A) info: ready, using a as master
 16721 (A) info: publishing gossip:master for a
 16721 (A) info: making b into a slave...
 16721 (A) info: making c into a slave...
 16722 (A) info: c is slave
 16722 (A) info: planned switchover from a to c
 16722 (A) info: my failover id: <id 11>
 16722 (A) info: lock was a success!
 17222 (A) info: giving up: a step was not answered in time
 17222 (A) done, refused: a step was not answered in time
a: master, epoch 102, 3293 keys
b: replica of a, linked, epoch 102, 3293 keys
c: replica of a, linked, epoch 101, 3196 keys
A: ready, uses a, epoch 102
