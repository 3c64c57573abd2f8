# SIGSTOP: nothing is reset, only a deadline tells. The gap is down_after and a few milliseconds.
world nodes=3 clients=2 writes=5ms down_after=1000ms
start
await 1s settled
advance 2s
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

mark
stop a
advance 900ms
expect promotions 0

await 300ms master b
expect promotions 1
expect A gap < 1100ms
advance 50ms
expect c follows b
----
  3444 (A) warning: MASTER is down! (a)
  3444 (A) info: orientating (silent, 2/3 nodes up) ...
  3444 (A) tells: a: silent
  3516 (A) warning: invalid master count: 0
  3516 (A) info: attempting failover!
  3516 (A) info: my failover id: <id 3>
  3516 (A) info: lock was a success!
  3518 (A) info: b had highest opcounter (814) of 2 nodes. congrats!
  3519 (B) warning: MASTER is down! (a)
  3519 (B) info: orientating (silent, 2/3 nodes up) ...
  3519 (B) tells: a: silent
  3519 (A) debug: still using c as subSlave
  3519 (A) info: ready, using b as master
  3519 (A) info: publishing gossip:master for b
  3519 (A) info: making c into a slave...
  3519 (B) info: gossip said b was promoted!
  3519 (B) debug: still using c as subSlave
  3519 (B) info: ready, using b as master
  3519 (A) info: c is slave
a: stopped, master, epoch 1, 814 keys
b: master, epoch 2, 831 keys
c: replica of b, linked, epoch 2, 831 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
