# The path between the master and the node that carries the subscriptions dies without a word: that
# node is up, says it is linked, and hears nothing any more. It is left within down_after.
world nodes=3 clients=2 writes=5ms
start
await 1s settled
advance 500ms
expect A sub c
expect B sub c
cut a c
await 1s A sub b
await 100ms B sub b
expect c follows a
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
  1537 (A) info: subSlave c hears nothing
  1537 (A) info: subSlave is now b
  1537 (B) info: subSlave c hears nothing
  1537 (B) info: subSlave is now b

# It is not chosen again before a heartbeat was heard on it: with b cut off as well, the subscriptions
# go to the master. Then the replicas have lost their links and ask again, until they can.
advance 1s
expect A sub b
cut a b
await 1s A sub a
expect B sub a
----
  3126 (B) info: defaulting to master as subSlave
  3126 (A) info: defaulting to master as subSlave

# As soon as they hear again they are as good as any.
heal
await 2s settled
advance 1s
----
  3126 (A) info: renegotating subSlave away from master
  3126 (A) info: subSlave is now c
  3126 (B) info: renegotating subSlave away from master
  3126 (B) info: subSlave is now c
a: master, epoch 1, 1451 keys
b: replica of a, linked, epoch 1, 1451 keys
c: replica of a, linked, epoch 1, 1451 keys
A: ready, uses a, epoch 1
B: ready, uses a, epoch 1
