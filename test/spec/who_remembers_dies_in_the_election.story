# The only node that did not restart dies in the middle of the election: of the others nobody is chosen, for
# their files may lack what it had. When all are there again nothing can be hidden.
world nodes=5 clients=1 writes=5ms
start
await 2s settled
advance 1s
stop e
kill a
kill b
kill c
kill d
advance 3s
start b kept
start c kept
start d kept
advance 1s
when e after lock: kill e
continue e
advance 1s
expect master none
start e kept
start a kept
await 10s settled
expect lost 0
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (A) info: d is up
     0 (A) info: e is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 5 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: making d into a slave...
   501 (A) info: making e into a slave...
   501 (A) info: b is slave
   501 (A) info: c is slave
   501 (A) info: d is slave
   501 (A) info: e is slave
   578 (A) info: renegotating subSlave away from master
   578 (A) info: subSlave is now e
  1522 (A) warning: MASTER is down! (a)
  1522 (A) info: orientating (connection lost, 4/5 nodes up) ...
  1522 (A) tells: a: connection lost
  1522 (A) info: a is down (refused)
  1522 (A) info: b is down (refused)
  1522 (A) info: c is down (refused)
  1522 (A) info: d is down (refused)
  2022 (A) warning: refusing to orientate without a majority up!
  2470 (A) info: e is down (silent)
  4582 (A) info: b is up
  4582 (A) info: subSlave went down, renegotiated to b
  4622 (A) info: d is up
  4779 (A) info: c is up
  4779 (A) warning: of the nodes that answer none is known to have all data
  5522 (A) info: e is up
  5522 (A) warning: invalid master count: 0
  5522 (A) info: attempting failover!
  5522 (A) info: my failover id: <id 2>
  5522 now: kill e
  5522 (A) info: lock was a success!
  5522 (A) info: e is down (refused)
  5523 (A) info: giving up: every sealed node restarted and may miss data
  6623 (A) info: a is up
  6645 (A) info: e is up
  6645 (A) warning: invalid master count: 0
  6645 (A) info: attempting failover!
  6645 (A) info: my failover id: <id 3>
  6645 (A) info: lock was a success!
  6646 (A) info: a had highest opcounter (207) of 5 nodes. congrats!
  6646 (A) debug: still using b as subSlave
  6646 (A) info: ready, using a as master
  6646 (A) info: publishing gossip:master for a
  6646 (A) info: making b into a slave...
  6646 (A) info: making c into a slave...
  6646 (A) info: making d into a slave...
  6646 (A) info: making e into a slave...
  6646 (A) info: a majority is there again: writing
  6647 (A) info: b is slave
  6647 (A) info: c is slave
  6647 (A) info: d is slave
  6647 (A) info: e is slave
a: master, epoch 3, 207 keys
b: replica of a, linked, epoch 3, 207 keys
c: replica of a, linked, epoch 3, 207 keys
d: replica of a, linked, epoch 3, 207 keys
e: replica of a, linked, epoch 3, 207 keys
A: ready, uses a, epoch 3
