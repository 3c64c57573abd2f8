# The coordinator of a planned switchover dies right behind the promotion; nobody was told. The old
# master is sealed since before it, so no durable write can be acknowledged there any more.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 500ms
mark
when A after promote: kill A
switchover A c
await 3s B writes
await 5s settled
expect durable_lost 0
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (B) warning: invalid master count: 0
   500 (B) info: attempting failover!
   500 (B) info: my failover id: <id 2>
   500 (B) info: failover already in progress: <id 1>
   500 (B) info: giving up: another client has the lock
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (B) info: gossip said a was promoted!
   501 (B) debug: defaulting to master as subSlave
   501 (B) info: ready, using a as master
   501 (A) info: b is slave
   501 (A) info: c is slave
   576 (A) info: renegotating subSlave away from master
   576 (A) info: subSlave is now c
   576 (B) info: renegotating subSlave away from master
   576 (B) info: subSlave is now c
  1022 (A) info: planned switchover from a to c
  1022 (A) info: my failover id: <id 3>
  1022 (A) info: lock was a success!
  1023 (A) info: c has all of a. congrats!
  1024 now: kill A
  1025 (B) info: switching master...
  1025 (B) tells: a is no longer master
  1031 (B) debug: defaulting to master as subSlave
  1031 (B) info: ready, using c as master
  3042 (B) info: making a into a slave...
  3042 (B) info: a is slave
  3042 (B) info: making b into a slave...
  3043 (B) info: renegotating subSlave away from master
  3043 (B) info: subSlave is now a
  3043 (B) info: b is slave

# Variant: it dies between the seal of the master and the promotion.
start A
advance 1s
mark
when A before promote: kill A
switchover A
advance 50ms
await 20s B writes
await 10s settled
expect durable_lost 0
----
  3043 (A) info: a is up
  3043 (A) info: b is up
  3043 (A) info: c is up
  3043 (A) info: subSlave is now a
  3043 (A) info: ready, using c as master
  4043 (A) info: planned switchover from c to a
  4043 (A) info: my failover id: <id 4>
  4044 (A) info: lock was a success!
  4045 (B) info: switching master...
  4045 (B) tells: c is no longer master
  4045 (A) info: a has all of c. congrats!
  4045 (B) info: failover already in progress: <id 4>
  4045 now: kill A
  6092 (B) info: failover already in progress: <id 4>
  6092 (B) info: failover already in progress: <id 4>
  6092 (B) warning: invalid master count: 0
  6092 (B) info: attempting failover!
  6092 (B) info: my failover id: <id 5>
  6092 (B) info: lock was a success!
  6093 (B) info: a had highest opcounter (1016) of 3 nodes. congrats!
  6093 (B) debug: defaulting to master as subSlave
  6093 (B) info: ready, using a as master
  6093 (B) info: publishing gossip:master for a
  6093 (B) info: making b into a slave...
  6093 (B) info: making c into a slave...
  6093 (B) info: b is slave
  6093 (B) info: c is slave
a: master, epoch 4, 1017 keys
b: replica of a, linked, epoch 4, 1017 keys
c: replica of a, linked, epoch 4, 1017 keys
A: dead
B: ready, uses a, epoch 4
