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
a: master, epoch 1, 0 keys
b: replica of a, linked, epoch 1, locked, 0 keys
c: replica of a, linked, epoch 1, 0 keys
A: ready, uses a, epoch 1
B: ready, uses a, epoch 1
