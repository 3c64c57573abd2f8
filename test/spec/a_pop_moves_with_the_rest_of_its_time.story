# A BLPOP waits on a master that hands over. The demotion lets go of it, so it took nothing: it goes to the new master,
# and what is pushed there it gets.
world nodes=3 clients=2 queue=8
start
await 1s settled
advance 1s
mark
pop A 400ms
advance 100ms
expect A pop waits
switchover B c
await 50ms master c
advance 150ms
expect A pop waits
push B
await 5ms A pop took
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
  1622 (B) info: planned switchover from a to c
  1622 (B) info: my failover id: <id 3>
  1622 (B) info: lock was a success!
  1623 (A) info: switching master...
  1623 (A) tells: a is no longer master
  1623 (A) info: failover already in progress: <id 3>
  1623 (B) info: c has all of a. congrats!
  1624 (B) debug: defaulting to master as subSlave
  1624 (B) info: ready, using c as master
  1624 (B) info: publishing gossip:master for c
  1624 (B) done, ok: c is master
  1624 (B) info: making a into a slave...
  1624 (B) info: making b into a slave...
  1624 (A) info: gossip said c was promoted!
  1624 (A) debug: defaulting to master as subSlave
  1624 (A) info: ready, using c as master
  1624 (B) info: a is slave
  1624 (B) info: b is slave
  1700 (B) info: renegotating subSlave away from master
  1700 (B) info: subSlave is now a
  1703 (A) info: renegotating subSlave away from master
  1703 (A) info: subSlave is now b

# With the rest of its time, and no more: it ends when it would have ended where it began.
await 1s settled
pop A 400ms
advance 200ms
switchover B a
await 50ms master a
expect A pop waits
advance 190ms
expect A pop waits
await 10ms A pop nil
----
  1975 (B) info: planned switchover from c to a
  1975 (B) info: my failover id: <id 4>
  1976 (B) info: lock was a success!
  1977 (A) info: switching master...
  1977 (A) tells: c is no longer master
  1977 (A) info: failover already in progress: <id 4>
  1977 (B) info: a has all of c. congrats!
  1977 (B) debug: defaulting to master as subSlave
  1977 (B) info: ready, using a as master
  1977 (B) info: publishing gossip:master for a
  1977 (B) done, ok: a is master
  1977 (B) info: making b into a slave...
  1977 (B) info: making c into a slave...
  1977 (A) info: gossip said a was promoted!
  1978 (A) debug: still using b as subSlave
  1978 (A) info: ready, using a as master
  1978 (B) info: b is slave
  1978 (B) info: c is slave
  2000 (B) info: renegotating subSlave away from master
  2000 (B) info: subSlave is now b

# Who waits for ever is moved as well.
await 1s settled
pop A for_ever
advance 5s
switchover B b
await 50ms master b
advance 5s
expect A pop waits
push B
await 5ms A pop took
expect lost 0
----
  7175 (B) info: planned switchover from a to b
  7175 (B) info: my failover id: <id 5>
  7176 (B) info: lock was a success!
  7177 (A) info: switching master...
  7177 (A) tells: a is no longer master
  7177 (A) info: failover already in progress: <id 5>
  7177 (B) info: b has all of a. congrats!
  7177 (B) debug: defaulting to master as subSlave
  7177 (B) info: ready, using b as master
  7177 (B) info: publishing gossip:master for b
  7177 (B) done, ok: b is master
  7177 (B) info: making a into a slave...
  7177 (B) info: making c into a slave...
  7177 (A) info: gossip said b was promoted!
  7178 (A) debug: defaulting to master as subSlave
  7178 (A) info: ready, using b as master
  7178 (B) info: a is slave
  7178 (B) info: c is slave
  7200 (B) info: renegotating subSlave away from master
  7200 (B) info: subSlave is now a
  7274 (A) info: renegotating subSlave away from master
  7274 (A) info: subSlave is now c
a: replica of b, linked, epoch 4, 2 keys
b: master, epoch 4, 2 keys
c: replica of b, linked, epoch 4, 2 keys
A: ready, uses b, epoch 4
B: ready, uses b, epoch 4
