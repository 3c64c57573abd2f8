# A stranger's FLUSHALL on a master takes record and promise away from all that follow it: the only
# ones that knew of its epoch. When they come back to a client that knows the master before it, they
# are no witnesses that there is nothing newer, and are not made to follow it: what it then
# acknowledged would be lost when the flushed master, and a client that knows its epoch, come back.
world nodes=7 clients=2 durable writes=20ms
start
await 2s settled
advance 1s
mark
cut c,d,e,g,A a,b,f,B
advance 2s
expect A master c
flushall c
stop c
advance 1s
heal d,e,g a,b,f,B
advance 1s
expect B pause no_quorum
expect d follows c
continue c
heal
await 5s settled
expect durable_lost 0
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (A) info: d is up
     0 (A) info: e is up
     0 (A) info: f is up
     0 (A) info: g is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
     0 (B) info: d is up
     0 (B) info: e is up
     0 (B) info: f is up
     0 (B) info: g is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (B) warning: invalid master count: 0
   500 (B) info: attempting failover!
   500 (B) info: my failover id: <id 2>
   500 (B) info: failover already in progress: <id 1>
   500 (B) info: giving up: another client has the lock
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 7 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: making d into a slave...
   501 (A) info: making e into a slave...
   501 (A) info: making f into a slave...
   501 (A) info: making g into a slave...
   501 (B) info: gossip said a was promoted!
   501 (B) debug: defaulting to master as subSlave
   501 (B) info: ready, using a as master
   501 (A) info: b is slave
   501 (A) info: c is slave
   501 (A) info: d is slave
   501 (A) info: e is slave
   501 (A) info: f is slave
   501 (A) info: g is slave
   597 (A) info: renegotating subSlave away from master
   597 (A) info: subSlave is now g
   597 (B) info: renegotating subSlave away from master
   597 (B) info: subSlave is now g
  1878 (B) warning: cut off from the majority: holding writes
  1878 (B) tells: fewer than 4 nodes heard for 300 ms
  2172 (B) info: subSlave g hears nothing
  2172 (B) info: subSlave is now b
  2393 (A) info: b is down (silent)
  2393 (A) info: f is down (silent)
  2477 (B) info: c is down (silent)
  2477 (B) info: d is down (silent)
  2477 (B) info: e is down (silent)
  2477 (B) info: g is down (silent)
  2512 (A) warning: MASTER is down! (a)
  2512 (A) info: orientating (silent, 4/7 nodes up) ...
  2512 (A) tells: a: silent
  2512 (A) warning: invalid master count: 0
  2512 (A) info: attempting failover!
  2512 (A) info: my failover id: <id 3>
  2512 (A) info: lock was a success!
  2514 (A) info: c had highest opcounter (99) of 4 nodes. congrats!
  2515 (A) debug: still using g as subSlave
  2515 (A) info: ready, using c as master
  2515 (A) info: publishing gossip:master for c
  2515 (A) info: making d into a slave...
  2515 (A) info: making e into a slave...
  2515 (A) info: making g into a slave...
  2515 (A) info: d is slave
  2515 (A) info: e is slave
  2515 (A) info: g is slave
  3910 (A) warning: cut off from the majority: holding writes
  3910 (A) tells: fewer than 4 nodes heard for 300 ms
  4500 (A) warning: MASTER is down! (c)
  4500 (A) info: orientating (silent, 3/7 nodes up) ...
  4500 (A) tells: c: silent
  4509 (A) warning: refusing to orientate without a majority up!
  4522 (B) info: d is up
  4522 (B) info: g is up
  4522 (B) info: e is up
  5522 (A) info: a is up
  5522 (A) info: b is up
  5522 (A) info: f is up
  5522 (A) info: c is up
  5522 (B) info: gossip said c was promoted!
  5522 (B) info: switching master...
  5522 (B) tells: a is no longer master
  5522 (B) debug: hastening reconnect...
  5522 (A) info: gossip said c was promoted!
  5522 (A) warning: others still hear the master: waiting
  5522 (B) info: c is up
  5528 (B) warning: others still hear the master: waiting
  6524 (B) warning: invalid master count: 0
  6524 (B) info: attempting failover!
  6524 (B) info: my failover id: <id 4>
  6524 (B) info: lock was a success!
  6526 (B) info: c had highest opcounter (15) of 7 nodes. congrats!
  6527 (A) info: failover already in progress: <id 4>
  6527 (B) debug: still using b as subSlave
  6527 (B) info: ready, using c as master
  6527 (B) info: publishing gossip:master for c
  6527 (B) info: making a into a slave...
  6527 (B) info: making b into a slave...
  6527 (B) info: making d into a slave...
  6527 (B) info: making e into a slave...
  6527 (B) info: making f into a slave...
  6527 (B) info: making g into a slave...
  6527 (B) info: a majority is there again: writing
  6527 (A) info: gossip said c was promoted!
  6527 (A) debug: still using g as subSlave
  6527 (A) info: ready, using c as master
  6527 (B) info: a is slave
  6527 (B) info: b is slave
  6527 (B) info: d is slave
  6527 (B) info: e is slave
  6527 (B) info: f is slave
  6527 (B) info: g is slave

# Nobody who knows of that epoch: with all nodes at hand, all are sealed and the newest history goes on.
world nodes=7 clients=2 durable writes=20ms
start
await 2s settled
advance 1s
cut c,d,e,g,A a,b,f,B
advance 2s
expect A master c
flushall c
stop c
kill A
mark
heal
advance 1s
expect B pause no_quorum
continue c
await 5s settled
expect c master
expect promotions 1
expect durable_lost 0
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (A) info: d is up
     0 (A) info: e is up
     0 (A) info: f is up
     0 (A) info: g is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
     0 (B) info: d is up
     0 (B) info: e is up
     0 (B) info: f is up
     0 (B) info: g is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (B) warning: invalid master count: 0
   500 (B) info: attempting failover!
   500 (B) info: my failover id: <id 2>
   500 (B) info: failover already in progress: <id 1>
   500 (B) info: giving up: another client has the lock
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 7 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: making d into a slave...
   501 (A) info: making e into a slave...
   501 (A) info: making f into a slave...
   501 (A) info: making g into a slave...
   501 (B) info: gossip said a was promoted!
   501 (B) debug: defaulting to master as subSlave
   501 (B) info: ready, using a as master
   501 (A) info: b is slave
   501 (A) info: c is slave
   501 (A) info: d is slave
   501 (A) info: e is slave
   501 (A) info: f is slave
   501 (A) info: g is slave
   597 (A) info: renegotating subSlave away from master
   597 (A) info: subSlave is now g
   597 (B) info: renegotating subSlave away from master
   597 (B) info: subSlave is now g
  1878 (B) warning: cut off from the majority: holding writes
  1878 (B) tells: fewer than 4 nodes heard for 300 ms
  2172 (B) info: subSlave g hears nothing
  2172 (B) info: subSlave is now b
  2393 (A) info: b is down (silent)
  2393 (A) info: f is down (silent)
  2477 (B) info: c is down (silent)
  2477 (B) info: d is down (silent)
  2477 (B) info: e is down (silent)
  2477 (B) info: g is down (silent)
  2512 (A) warning: MASTER is down! (a)
  2512 (A) info: orientating (silent, 4/7 nodes up) ...
  2512 (A) tells: a: silent
  2512 (A) warning: invalid master count: 0
  2512 (A) info: attempting failover!
  2512 (A) info: my failover id: <id 3>
  2512 (A) info: lock was a success!
  2514 (A) info: c had highest opcounter (99) of 4 nodes. congrats!
  2515 (A) debug: still using g as subSlave
  2515 (A) info: ready, using c as master
  2515 (A) info: publishing gossip:master for c
  2515 (A) info: making d into a slave...
  2515 (A) info: making e into a slave...
  2515 (A) info: making g into a slave...
  2515 (A) info: d is slave
  2515 (A) info: e is slave
  2515 (A) info: g is slave
  3522 (B) info: d is up
  3522 (B) info: e is up
  3522 (B) info: g is up
  4522 (B) info: c is up
  4522 (B) info: electing a again: a record of another history was flushed away
  4522 (B) info: switching master...
  4522 (B) tells: a is no longer master
  4905 (B) warning: invalid master count: 0
  4905 (B) info: attempting failover!
  4905 (B) info: my failover id: <id 8>
  4905 (B) info: lock was a success!
  4907 (B) info: c had highest opcounter (0) of 7 nodes. congrats!
  4908 (B) debug: still using b as subSlave
  4908 (B) info: ready, using c as master
  4908 (B) info: publishing gossip:master for c
  4908 (B) info: making a into a slave...
  4908 (B) info: making b into a slave...
  4908 (B) info: making d into a slave...
  4908 (B) info: making e into a slave...
  4908 (B) info: making f into a slave...
  4908 (B) info: making g into a slave...
  4908 (B) info: a majority is there again: writing
  4908 (B) info: a is slave
  4908 (B) info: b is slave
  4908 (B) info: d is slave
  4908 (B) info: e is slave
  4908 (B) info: f is slave
  4908 (B) info: g is slave
a: replica of c, linked, epoch 2, 0 keys
b: replica of c, linked, epoch 2, 0 keys
c: master, epoch 2, 0 keys
d: replica of c, linked, epoch 2, 0 keys
e: replica of c, linked, epoch 2, 0 keys
f: replica of c, linked, epoch 2, 0 keys
g: replica of c, linked, epoch 2, 0 keys
A: dead
B: ready, uses c, epoch 2
