# The master hangs; the coordinator seals one replica, dies, and the master goes on. Nobody suspects
# it: whoever sees the seal without a lock makes it a slave again.
world nodes=3 clients=2 writes=5ms down_after=300ms
start
await 1s settled
advance 500ms
cut B a
when A before seal: kill A
stop a
await 2s b locked
advance 50ms
continue a
heal
await 20s settled
await 1s B writes
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
   840 (B) warning: MASTER is down! (a)
   840 (B) info: orientating (silent, 2/3 nodes up) ...
   840 (B) tells: a: silent
   944 (A) warning: MASTER is down! (a)
   944 (A) info: orientating (silent, 2/3 nodes up) ...
   944 (A) tells: a: silent
   944 (A) warning: invalid master count: 0
   944 (A) info: attempting failover!
   944 (A) info: my failover id: <id 3>
   944 (A) info: lock was a success!
   946 (B) warning: invalid master count: 0
   946 (B) info: attempting failover!
   946 (B) info: my failover id: <id 4>
   946 (B) info: failover already in progress: <id 3>
   946 (B) info: giving up: another client has the lock
   946 now: kill A
   957 (B) info: failover already in progress: <id 3>
   994 (B) info: a is up
   994 (B) info: gossip said a was promoted!
   994 (B) debug: still using c as subSlave
   994 (B) info: ready, using a as master

# A replica that still follows the demoted one is pointed to the master.
start A
await 1s A writes
kill a
await 1s master b
start a
await 3s settled
replicaof c a
await 3s c follows b
await 1s settled
----
  1748 (A) info: a is up
  1748 (A) info: b is up
  1748 (A) info: c is up
  1748 (A) info: subSlave is now b
  1748 (A) info: ready, using a as master
  1758 (A) warning: MASTER is down! (a)
  1758 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1758 (A) tells: a: connection lost
  1758 (B) warning: MASTER is down! (a)
  1758 (B) info: orientating (connection lost, 2/3 nodes up) ...
  1758 (B) tells: a: connection lost
  1758 (A) info: a is down (refused)
  1758 (A) warning: invalid master count: 0
  1758 (A) info: attempting failover!
  1758 (A) info: my failover id: <id 5>
  1758 (B) info: a is down (refused)
  1758 (B) warning: invalid master count: 0
  1758 (B) info: attempting failover!
  1758 (B) info: my failover id: <id 6>
  1758 (B) info: failover already in progress: <id 5>
  1758 (B) info: giving up: another client has the lock
  1758 (A) info: lock was a success!
  1759 (A) info: b had highest opcounter (468) of 2 nodes. congrats!
  1759 (A) debug: defaulting to master as subSlave
  1759 (A) info: ready, using b as master
  1759 (A) info: publishing gossip:master for b
  1759 (A) info: making c into a slave...
  1759 (B) info: gossip said b was promoted!
  1759 (B) debug: still using c as subSlave
  1759 (B) info: ready, using b as master
  1759 (A) info: c is slave
  1764 (A) info: a is up
  1764 (A) info: making a into a slave...
  1765 (A) info: a is slave
  1766 (B) info: a is up
  1778 (A) info: renegotating subSlave away from master
  1778 (A) info: subSlave is now a
  1778 (A) info: making c into a slave...
  1778 (A) info: c is slave
a: replica of b, linked, epoch 2, 474 keys
b: master, epoch 2, 474 keys
c: replica of b, linked, epoch 2, 474 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
