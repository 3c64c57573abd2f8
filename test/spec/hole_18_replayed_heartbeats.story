# A stopped replica goes on and delivers the heartbeats that it had in its socket: they are old, and
# vouch for nobody.
world nodes=3 clients=2 writes=5ms down_after=300ms
start
await 1s settled
advance 500ms
stop b
advance 2s
continue b
stop a
await 1s master b
await 1s A writes
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
   803 (A) info: subSlave b hears nothing
   803 (A) info: subSlave is now c
   840 (B) info: b is down (silent)
   849 (A) info: b is down (silent)
  2649 (B) info: b is up
  2649 (A) info: b is up
  2850 (B) warning: MASTER is down! (a)
  2850 (B) info: orientating (silent, 2/3 nodes up) ...
  2850 (B) tells: a: silent
  2885 (A) warning: MASTER is down! (a)
  2885 (A) info: orientating (silent, 2/3 nodes up) ...
  2885 (A) tells: a: silent
  2944 (B) warning: invalid master count: 0
  2944 (B) info: attempting failover!
  2944 (B) info: my failover id: <id 3>
  2944 (B) info: lock was a success!
  2946 (A) warning: invalid master count: 0
  2946 (A) info: attempting failover!
  2946 (A) info: my failover id: <id 4>
  2946 (A) info: failover already in progress: <id 3>
  2946 (A) info: giving up: another client has the lock
  2946 (B) info: b had highest opcounter (1021) of 2 nodes. congrats!
  2947 (B) debug: still using c as subSlave
  2947 (B) info: ready, using b as master
  2947 (B) info: publishing gossip:master for b
  2947 (B) info: making c into a slave...
  2947 (A) info: gossip said b was promoted!
  2947 (A) debug: still using c as subSlave
  2947 (A) info: ready, using b as master
  2947 (B) info: c is slave
a: stopped, master, epoch 1, 1021 keys
b: master, epoch 2, 1022 keys
c: replica of b, linked, epoch 2, 1022 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
