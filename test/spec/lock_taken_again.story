# Who mends takes its locks under the group's epoch, so one owner has locks of one epoch in turn.
# Between two looks that are farther apart than a lock lives it was given back, and got again: the
# second lock is not as old as the first one, and nobody takes it away (seed 42464).
world nodes=3 clients=2 down_after=300ms
start
await 2s settled
lock b 9 500ms Y-owner
refresh B
advance 10ms
cut B b
advance 1700ms
lock b 9 500ms Y-owner
heal B b
advance 400ms
expect b locked
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
   127 (A) warning: invalid master count: 0
   127 (A) info: attempting failover!
   127 (A) info: my failover id: <id 1>
   127 (B) warning: invalid master count: 0
   127 (B) info: attempting failover!
   127 (B) info: my failover id: <id 2>
   127 (B) info: failover already in progress: <id 1>
   127 (B) info: giving up: another client has the lock
   127 (A) info: lock was a success!
   127 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   128 (A) debug: defaulting to master as subSlave
   128 (A) info: ready, using a as master
   128 (A) info: publishing gossip:master for a
   128 (A) info: making b into a slave...
   128 (A) info: making c into a slave...
   128 (B) info: gossip said a was promoted!
   128 (B) debug: defaulting to master as subSlave
   128 (B) info: ready, using a as master
   128 (A) info: b is slave
   128 (A) info: c is slave
   149 (B) info: renegotating subSlave away from master
   149 (B) info: subSlave is now b
   149 (B) done, ok: 3 of 3 nodes answered
   150 (A) info: renegotating subSlave away from master
   150 (A) info: subSlave is now b
   365 (B) info: subSlave b hears nothing
   365 (B) info: subSlave is now c
   456 (B) info: b is down (silent)
  1859 (B) info: b is up

# Nor is it as old as the time since the last look: who looks every few seconds saw a lock of the
# election, and took the next one of the same owner away 0 ms after it was given (seed 483004).
world nodes=3 clients=3 seed=3
start
await 2s settled
lock c 9 200ms Y-owner
refresh B
advance 3700ms
lock c 9 500ms Y-owner
advance 400ms
expect c locked
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
     0 (C) info: a is up
     0 (C) info: b is up
     0 (C) info: c is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 3>
   500 (B) warning: invalid master count: 0
   500 (B) info: attempting failover!
   500 (B) info: my failover id: <id 4>
   500 (C) warning: invalid master count: 0
   500 (C) info: attempting failover!
   500 (C) info: my failover id: <id 5>
   500 (B) info: failover already in progress: <id 3>
   500 (B) info: giving up: another client has the lock
   500 (C) info: failover already in progress: <id 3>
   500 (C) info: giving up: another client has the lock
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (B) info: gossip said a was promoted!
   501 (C) info: gossip said a was promoted!
   501 (B) debug: defaulting to master as subSlave
   501 (B) info: ready, using a as master
   501 (C) debug: defaulting to master as subSlave
   501 (C) info: ready, using a as master
   501 (A) info: b is slave
   501 (A) info: c is slave
   522 (B) info: renegotating subSlave away from master
   522 (B) info: subSlave is now b
   522 (B) done, ok: 3 of 3 nodes answered
   594 (A) info: renegotating subSlave away from master
   594 (A) info: subSlave is now c
   594 (C) info: renegotating subSlave away from master
   594 (C) info: subSlave is now c
a: master, epoch 1, 0 keys
b: replica of a, linked, epoch 1, 0 keys
c: replica of a, linked, epoch 1, locked, 0 keys
A: ready, uses a, epoch 1
B: ready, uses a, epoch 1
C: ready, uses a, epoch 1
