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
   579 (B) info: renegotating subSlave away from master
   579 (B) info: subSlave is now b
   579 (A) info: renegotating subSlave away from master
   579 (A) info: subSlave is now c
  1022 (A) info: planned switchover from a to c
  1022 (A) info: my failover id: <id 3>
  1022 (A) info: lock was a success!
  1023 (A) info: c has all of a. congrats!
  1023 now: kill A
  1025 (B) info: switching master...
  1025 (B) tells: a is no longer master
  1025 (B) debug: still using b as subSlave
  1025 (B) info: ready, using c as master
  1620 (B) info: defaulting to master as subSlave
  3024 (B) info: making a into a slave...
  3024 (B) info: a is slave
  3024 (B) info: making b into a slave...
  3025 (B) info: renegotating subSlave away from master
  3025 (B) info: subSlave is now a
  3025 (B) info: b is slave

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
  3025 (A) info: a is up
  3025 (A) info: b is up
  3025 (A) info: c is up
  3025 (A) info: subSlave is now b
  3025 (A) info: ready, using c as master
  4025 (A) info: planned switchover from c to a
  4025 (A) info: my failover id: <id 4>
  4026 (A) info: lock was a success!
  4026 (A) info: a has all of c. congrats!
  4027 now: kill A
  4029 (B) info: switching master...
  4029 (B) tells: c is no longer master
  4029 (B) info: failover already in progress: <id 4>
  6076 (B) info: failover already in progress: <id 4>
  6076 (B) info: failover already in progress: <id 4>
  6076 (B) warning: invalid master count: 0
  6076 (B) info: attempting failover!
  6076 (B) info: my failover id: <id 5>
  6076 (B) info: lock was a success!
  6077 (B) info: a had highest opcounter (1012) of 3 nodes. congrats!
  6078 (B) debug: defaulting to master as subSlave
  6078 (B) info: ready, using a as master
  6078 (B) info: publishing gossip:master for a
  6078 (B) info: making b into a slave...
  6078 (B) info: making c into a slave...
  6078 (B) info: b is slave
  6078 (B) info: c is slave
a: master, epoch 4, 1013 keys
b: replica of a, linked, epoch 4, 1013 keys
c: replica of a, linked, epoch 4, 1013 keys
A: dead
B: ready, uses a, epoch 4
