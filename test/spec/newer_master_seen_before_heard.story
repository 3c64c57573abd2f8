# B is making a restarted replica a slave. Meanwhile the coordinator of a planned switchover dies right
# behind the promotion, so no gossip tells of it, and B hears nothing from the old master either. B
# sees the newer master when it looks around, and drops what it was doing.
world nodes=3 clients=2 writes=5ms
start
await 1s settled
cut A c
advance 2s
kill c
when c before guard: stop c
start c
await 1s c stopped
when a before seal: cut a > B
when A after promote: kill A
switchover A b
await 2s B master b
heal
continue c
await 5s settled
expect promotions 2
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
   576 (B) info: renegotating subSlave away from master
   576 (B) info: subSlave is now c
   576 (A) info: renegotating subSlave away from master
   576 (A) info: subSlave is now b
  1501 (A) info: c is down (silent)
  2602 (B) info: making c into a slave...
  2602 now: stop c
  2602 (A) info: planned switchover from a to b
  2602 (A) info: my failover id: <id 3>
  2603 (A) info: lock was a success!
  2603 now: cut a > B
  2604 (A) info: b has all of a. congrats!
  2604 now: kill A
  2727 (B) debug: giving up: there is a newer master
  2727 (B) debug: still using c as subSlave
  2727 (B) info: ready, using b as master
  2735 (B) info: making c into a slave...
  2735 (B) info: c is slave
  4962 (B) info: making a into a slave...
  4962 (B) info: a is slave
a: replica of b, linked, epoch 2, 1292 keys
b: master, epoch 2, 1292 keys
c: replica of b, linked, epoch 2, 1292 keys
A: dead
B: ready, uses b, epoch 2
