# A master out of memory answers WAIT though nothing was written: no acknowledgement. It is alive and
# stays master; its lock, when somebody wants one, is its seal.
world nodes=3 clients=1 writes=5ms durable
start
await 2s settled
full a
advance 50ms
mark
advance 2s
expect A silent
expect promotions 0
expect A master a
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: b is slave
   501 (A) info: c is slave
   579 (A) info: renegotating subSlave away from master
   579 (A) info: subSlave is now c

# A planned switchover gets out of there.
switchover A b
await 1s A master b
await 1s A writes
expect durable_lost 0
----
  2572 (A) info: planned switchover from a to b
  2572 (A) info: my failover id: <id 2>
  2572 (A) info: lock was a success!
  2573 (A) info: b has all of a. congrats!
  2574 (A) debug: still using c as subSlave
  2574 (A) info: ready, using b as master
  2574 (A) info: publishing gossip:master for b
  2574 (A) done, ok: b is master
  2574 (A) info: making a into a slave...
  2574 (A) info: making c into a slave...
  2574 (A) info: a is slave
  2574 (A) info: c is slave
a: replica of b, linked, epoch 2, 5 keys
b: master, epoch 2, 5 keys
c: replica of b, linked, epoch 2, 5 keys
A: ready, uses b, epoch 2
