# The append-only file of b cannot be written: it refuses every write, ours too, and gives its lock to
# nobody. Among those who are left it is locked first; the next attempt begins with another.
world nodes=5 clients=2 writes=5ms
start
await 2s settled
disk_full b
mark
kill a
await 100ms A master c
await 100ms B writes
expect A gap < 50ms
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (A) info: d is up
     0 (A) info: e is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
     0 (B) info: d is up
     0 (B) info: e is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (B) warning: invalid master count: 0
   500 (B) info: attempting failover!
   500 (B) info: my failover id: <id 2>
   500 (B) info: failover already in progress: <id 1>
   500 (B) info: giving up: another client has the lock
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 5 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: making d into a slave...
   501 (A) info: making e into a slave...
   501 (B) info: gossip said a was promoted!
   501 (B) debug: defaulting to master as subSlave
   501 (B) info: ready, using a as master
   501 (A) info: b is slave
   501 (A) info: c is slave
   501 (A) info: d is slave
   501 (A) info: e is slave
   522 (B) warning: MASTER is down! (a)
   522 (B) info: orientating (connection lost, 4/5 nodes up) ...
   522 (B) tells: a: connection lost
   522 (A) warning: MASTER is down! (a)
   522 (A) info: orientating (connection lost, 4/5 nodes up) ...
   522 (A) tells: a: connection lost
   522 (B) info: a is down (refused)
   522 (B) warning: invalid master count: 0
   522 (B) info: attempting failover!
   522 (B) info: my failover id: <id 3>
   522 (B) info: subSlave went down, renegotiated to e
   522 (A) info: a is down (refused)
   522 (A) warning: invalid master count: 0
   522 (A) info: attempting failover!
   522 (A) info: my failover id: <id 4>
   522 (A) info: subSlave went down, renegotiated to b
   522 (B) info: giving up: the lock was not given
   522 (A) info: giving up: the lock was not given
   532 (B) warning: invalid master count: 0
   532 (B) info: attempting failover!
   532 (B) info: my failover id: <id 5>
   532 (B) info: lock was a success!
   532 (B) info: c had highest opcounter (8) of 3 nodes. congrats!
   533 (B) debug: still using e as subSlave
   533 (B) info: ready, using c as master
   533 (B) info: publishing gossip:master for c
   533 (B) info: making d into a slave...
   533 (B) info: making e into a slave...
   533 (B) info: d is slave
   533 (B) info: e is slave
   533 (B) info: making b into a slave...
   534 (B) debug: giving up: the lock was not given
   541 (A) debug: still using b as subSlave
   541 (A) info: ready, using c as master
   541 (A) info: making b into a slave...
   541 (A) debug: giving up: the lock was not given
   542 (A) info: making b into a slave...
   542 (A) debug: giving up: the lock was not given
   543 (A) info: making b into a slave...
   543 (A) debug: giving up: the lock was not given

# Once it has room it is told to follow.
disk_freed b
await 2s b follows c
start a
await 3s settled
expect lost 0
----
   611 (B) info: making b into a slave...
   611 (B) info: b is slave
   628 (B) info: a is up
   628 (B) info: making a into a slave...
   629 (B) info: a is slave
a: replica of c, linked, epoch 2, 46 keys
b: replica of c, linked, epoch 2, 46 keys
c: master, epoch 2, 46 keys
d: replica of c, linked, epoch 2, 46 keys
e: replica of c, linked, epoch 2, 46 keys
A: ready, uses c, epoch 2
B: ready, uses c, epoch 2
