# A reads that the old master is back, and sleeps before making it a slave. Meanwhile a person
# switches to that very node. The late FOLLOW must not make it follow its own replica.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 500ms
kill a
await 100ms master b
cut B a
when A before follow: sleep A
start a
advance 20ms
heal
await 5s settled
advance 500ms
switchover B a
await 1s B master a
advance 1s
mark
wake A
await 2s settled
expect master a
expect promotions 0
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
  1022 (B) warning: MASTER is down! (a)
  1022 (B) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (B) tells: a: connection lost
  1022 (A) warning: MASTER is down! (a)
  1022 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (A) tells: a: connection lost
  1022 (B) info: a is down (refused)
  1022 (A) info: a is down (refused)
  1022 (A) warning: invalid master count: 0
  1022 (A) info: attempting failover!
  1022 (A) info: my failover id: <id 3>
  1022 (A) info: lock was a success!
  1023 (A) info: b had highest opcounter (213) of 2 nodes. congrats!
  1023 (A) debug: still using c as subSlave
  1023 (A) info: ready, using b as master
  1023 (A) info: publishing gossip:master for b
  1023 (A) info: making c into a slave...
  1023 (B) info: gossip said b was promoted!
  1023 (B) debug: still using c as subSlave
  1023 (B) info: ready, using b as master
  1023 (A) info: c is slave
  1030 (A) info: a is up
  1044 (B) info: a is up
  1130 (A) info: making a into a slave...
  1130 now: sleep A
  1144 (B) info: making a into a slave...
  1144 (B) debug: giving up: another client has the lock
  1176 (B) info: making a into a slave...
  1176 (B) debug: giving up: another client has the lock
  3200 (B) info: making a into a slave...
  3200 (B) info: a is slave
  3701 (B) info: planned switchover from b to a
  3701 (B) info: my failover id: <id 4>
  3701 (B) info: lock was a success!
  3702 (B) info: a has all of b. congrats!
  3703 (B) debug: still using c as subSlave
  3703 (B) info: ready, using a as master
  3703 (B) info: publishing gossip:master for a
  3703 (B) done, ok: a is master
  3703 (B) info: making b into a slave...
  3703 (B) info: making c into a slave...
  3703 (B) info: b is slave
  3703 (B) info: c is slave
  4703 (A) debug: this client slept 3513 ms: looking again
  4703 (A) info: gossip said a was promoted!
  4703 (A) debug: giving up: somebody else has promoted a master
  4703 (A) info: switching master...
  4703 (A) tells: b is no longer master
  4703 (A) debug: still using c as subSlave
  4703 (A) info: ready, using a as master
a: master, epoch 3, 511 keys
b: replica of a, linked, epoch 3, 511 keys
c: replica of a, linked, epoch 3, 511 keys
A: ready, uses a, epoch 3
B: ready, uses a, epoch 3
