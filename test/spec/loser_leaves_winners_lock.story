# Both see the crash at once. B was first: A's lock is refused; A leaves B's locks alone, though B
# falls asleep with them, and waits.
world nodes=3 clients=2 writes=5ms
start
await 1s settled
advance 500ms
mark
when B before seal: sleep B
kill a
advance 100ms
expect b locked
expect c locked
expect promotions 0
expect master none
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
   579 (B) info: renegotating subSlave away from master
   579 (B) info: subSlave is now b
   579 (A) info: renegotating subSlave away from master
   579 (A) info: subSlave is now c
  1022 (B) warning: MASTER is down! (a)
  1022 (B) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (B) tells: a: connection lost
  1022 (A) warning: MASTER is down! (a)
  1022 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (A) tells: a: connection lost
  1022 (B) info: a is down (refused)
  1022 (B) warning: invalid master count: 0
  1022 (B) info: attempting failover!
  1022 (B) info: my failover id: <id 3>
  1022 (A) info: a is down (refused)
  1022 (A) warning: invalid master count: 0
  1022 (A) info: attempting failover!
  1022 (A) info: my failover id: <id 4>
  1022 (A) info: failover already in progress: <id 3>
  1022 (A) info: giving up: another client has the lock
  1022 (B) info: lock was a success!
  1022 now: sleep B
  1044 (A) info: failover already in progress: <id 3>

# B goes on in time: its locks are still its own.
wake B
await 50ms master b
expect promotions 1
await 100ms b unlocked
expect c unlocked
----
  1122 (B) info: b had highest opcounter (213) of 2 nodes. congrats!
  1122 (B) debug: defaulting to master as subSlave
  1122 (B) info: ready, using b as master
  1122 (B) info: publishing gossip:master for b
  1122 (B) info: making c into a slave...
  1122 (A) info: gossip said b was promoted!
  1123 (A) debug: still using c as subSlave
  1123 (A) info: ready, using b as master
  1123 (B) info: c is slave
a: down
b: master, epoch 2, 213 keys
c: replica of b, linked, epoch 2, 213 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
