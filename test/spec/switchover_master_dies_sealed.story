# The coordinator sleeps behind the guard until the pause is over; the master takes more, is sealed, and dies before
# the target has it. The best that is left is promoted, and that is no planned change: something was missed.
world nodes=3 clients=2 writes=5ms
start
await 2s settled
advance 500ms
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
when A before seal: sleep A
switchover A c
advance 1s
cut a > b
cut a > c
advance 50ms
when a after seal: kill a
wake A
await 5s B writes
expect promotions 1
expect A unplanned
expect B unplanned
----
  1022 (A) info: planned switchover from a to c
  1022 (A) info: my failover id: <id 3>
  1022 (A) info: lock was a success!
  1023 now: sleep A
  2072 (A) debug: this client slept 1035 ms: looking again
  2072 now: kill a
  2072 (B) warning: MASTER is down! (a)
  2072 (B) info: orientating (connection lost, 2/3 nodes up) ...
  2072 (B) tells: a: connection lost
  2072 (A) info: a is down (refused)
  2072 (B) info: a is down (refused)
  2322 (A) info: c has the most that is left of a. congrats!
  2323 (A) debug: defaulting to master as subSlave
  2323 (A) info: ready, using c as master
  2323 (A) info: publishing gossip:master for c
  2323 (A) done, ok: c is master
  2323 (A) info: making b into a slave...
  2323 (B) info: gossip said c was promoted!
  2323 (B) debug: defaulting to master as subSlave
  2323 (B) info: ready, using c as master
  2323 (A) info: b is slave
a: down
b: replica of c, linked, epoch 2, 419 keys
c: master, epoch 2, 419 keys
A: ready, uses c, epoch 2
B: ready, uses c, epoch 2
