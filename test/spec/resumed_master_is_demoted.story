# The stopped master goes on: what waited in its socket runs, then it is made a slave at once and its
# clients are closed, so that idle writers and subscribers notice.
world nodes=3 clients=2 writes=5ms down_after=100ms
start
await 1s settled
advance 1s
stop a
await 500ms master b
advance 200ms
expect A writes
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
    47 (A) warning: invalid master count: 0
    47 (A) info: attempting failover!
    47 (A) info: my failover id: <id 1>
    47 (B) warning: invalid master count: 0
    47 (B) info: attempting failover!
    47 (B) info: my failover id: <id 2>
    47 (B) info: failover already in progress: <id 1>
    47 (B) info: giving up: another client has the lock
    47 (A) info: lock was a success!
    47 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
    48 (A) debug: defaulting to master as subSlave
    48 (A) info: ready, using a as master
    48 (A) info: publishing gossip:master for a
    48 (A) info: making b into a slave...
    48 (A) info: making c into a slave...
    48 (B) info: gossip said a was promoted!
    48 (B) debug: defaulting to master as subSlave
    48 (B) info: ready, using a as master
    48 (A) info: b is slave
    48 (A) info: c is slave
    68 (B) info: renegotating subSlave away from master
    68 (B) info: subSlave is now b
    70 (A) info: renegotating subSlave away from master
    70 (A) info: subSlave is now b
  1167 (B) warning: MASTER is down! (a)
  1167 (B) info: orientating (silent, 2/3 nodes up) ...
  1167 (B) tells: a: silent
  1167 (A) warning: MASTER is down! (a)
  1167 (A) info: orientating (silent, 2/3 nodes up) ...
  1167 (A) tells: a: silent
  1167 (A) warning: invalid master count: 0
  1167 (A) info: attempting failover!
  1167 (A) info: my failover id: <id 3>
  1167 (A) info: lock was a success!
  1169 (A) info: b had highest opcounter (415) of 2 nodes. congrats!
  1170 (A) debug: defaulting to master as subSlave
  1170 (A) info: ready, using b as master
  1170 (A) info: publishing gossip:master for b
  1170 (A) info: making c into a slave...
  1170 (B) info: gossip said b was promoted!
  1170 (B) debug: defaulting to master as subSlave
  1170 (B) info: ready, using b as master
  1170 (A) info: c is slave
  1175 (B) info: renegotating subSlave away from master
  1175 (B) info: subSlave is now c
  1180 (A) info: renegotating subSlave away from master
  1180 (A) info: subSlave is now c

mark
continue a
await 100ms a replica
await 1s settled
expect master b
expect promotions 0
----
  1370 (B) info: a is up
  1370 (A) info: a is up
  1370 (B) warning: a has 42 writes that nobody else has
  1370 (B) tells: a has 42 writes that nobody else has: they are dropped
  1370 (B) warning: master conflict detected
  1370 (B) info: making a into a slave...
  1370 (A) warning: a has 42 writes that nobody else has
  1370 (A) tells: a has 42 writes that nobody else has: they are dropped
  1370 (A) warning: master conflict detected
  1370 (A) info: making a into a slave...
  1371 (A) debug: giving up: another client has the lock
  1371 (B) info: a is slave
a: replica of b, linked, epoch 2, 505 keys
b: master, epoch 2, 505 keys
c: replica of b, linked, epoch 2, 505 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
