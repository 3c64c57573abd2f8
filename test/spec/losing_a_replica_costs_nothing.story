# Killed or stopped, a replica disturbs no command.
world nodes=3 clients=2 writes=1ms down_after=300ms
start
await 1s settled
advance 500ms
mark
kill b
advance 1s
expect A gap < 5ms
expect B gap < 5ms
expect promotions 0
start b
await 2s settled
advance 500ms
mark
stop c
advance 2s
expect A gap < 5ms
expect B gap < 5ms
continue c
await 1s settled
expect promotions 0
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
   150 (A) info: renegotating subSlave away from master
   150 (A) info: subSlave is now b
   156 (B) info: renegotating subSlave away from master
   156 (B) info: subSlave is now c
   649 (B) info: b is down (refused)
   649 (A) info: b is down (refused)
   649 (A) info: subSlave went down, renegotiated to c
  1831 (B) info: b is up
  1831 (B) info: making b into a slave...
  1832 (B) info: b is slave
  1949 (A) info: b is up
  2505 (B) info: subSlave c hears nothing
  2505 (B) info: subSlave is now b
  2505 (A) info: subSlave c hears nothing
  2505 (A) info: subSlave is now b
  2550 (B) info: c is down (silent)
  2630 (A) info: c is down (silent)
a: master, epoch 1, 8423 keys
b: replica of a, linked, epoch 1, 8423 keys
c: replica of a, linked, epoch 1, 4424 keys
A: ready, uses a, epoch 1
B: ready, uses a, epoch 1
