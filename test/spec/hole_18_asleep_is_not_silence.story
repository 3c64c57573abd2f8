# The client process slept for longer than down_after. On waking it throws its evidence away and asks
# again: nobody is deposed.
world nodes=3 clients=1 writes=5ms down_after=300ms
start
await 1s settled
advance 500ms
mark
sleep A
advance 2s
wake A
advance 2s
expect promotions 0
expect A writes
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
   127 (A) warning: invalid master count: 0
   127 (A) info: attempting failover!
   127 (A) info: my failover id: <id 1>
   127 (A) info: lock was a success!
   127 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   128 (A) debug: defaulting to master as subSlave
   128 (A) info: ready, using a as master
   128 (A) info: publishing gossip:master for a
   128 (A) info: making b into a slave...
   128 (A) info: making c into a slave...
   128 (A) info: b is slave
   128 (A) info: c is slave
   150 (A) info: renegotating subSlave away from master
   150 (A) info: subSlave is now b
  2649 (A) debug: this client slept 1995 ms: looking again
a: master, epoch 1, 512 keys
b: replica of a, linked, epoch 1, 512 keys
c: replica of a, linked, epoch 1, 512 keys
A: ready, uses a, epoch 1
