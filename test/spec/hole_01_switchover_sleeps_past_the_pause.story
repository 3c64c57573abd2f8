# The coordinator sleeps in the middle of a planned switchover until the pause is long over and the
# others have moved on. What it does on waking is refused by the guard.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 500ms
mark
when A before seal: sleep A
switchover A c
advance 3s
expect B writes
expect B master a
expect promotions 0
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
  1023 now: sleep A

wake A
advance 5ms
await 5s settled
expect durable_lost 0
----
  4022 (A) debug: this client slept 2985 ms: looking again
  4022 (A) info: giving up: the master could not be sealed
  4022 (A) done, refused: the master could not be sealed

mark
when A before promote: sleep A
switchover A
advance 20s
expect B writes
mark
wake A
advance 5ms
await 5s settled
expect durable_lost 0
----
  4027 (A) info: planned switchover from a to b
  4027 (A) info: my failover id: <id 4>
  4027 (A) info: lock was a success!
  4028 (A) info: b has all of a. congrats!
  4029 now: sleep A
  4033 (B) info: switching master...
  4033 (B) tells: a is no longer master
  4033 (B) info: failover already in progress: <id 4>
  6080 (B) info: failover already in progress: <id 4>
  6080 (B) info: failover already in progress: <id 4>
  6080 (B) warning: invalid master count: 0
  6080 (B) info: attempting failover!
  6080 (B) info: my failover id: <id 5>
  6080 (B) info: lock was a success!
  6081 (B) info: a had highest opcounter (818) of 3 nodes. congrats!
  6081 (B) debug: still using c as subSlave
  6081 (B) info: ready, using a as master
  6081 (B) info: publishing gossip:master for a
  6081 (B) info: making b into a slave...
  6081 (B) info: making c into a slave...
  6081 (B) info: b is slave
  6081 (B) info: c is slave
 24027 (A) debug: this client slept 19905 ms: looking again
 24027 (A) info: gossip said a was promoted!
 24027 (A) info: giving up: somebody else has promoted a master
 24027 (A) done, refused: somebody else has promoted a master
 24027 (A) debug: still using c as subSlave
 24027 (A) info: ready, using a as master
a: master, epoch 3, 4426 keys
b: replica of a, linked, epoch 3, 4426 keys
c: replica of a, linked, epoch 3, 4426 keys
A: ready, uses a, epoch 3
B: ready, uses a, epoch 3
