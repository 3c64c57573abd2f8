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
   148 (B) info: renegotating subSlave away from master
   148 (B) info: subSlave is now b
   150 (A) info: renegotating subSlave away from master
   150 (A) info: subSlave is now b
   930 (A) warning: MASTER is down! (a)
   930 (A) info: orientating (silent, 2/3 nodes up) ...
   930 (A) tells: a: silent
   936 (B) warning: MASTER is down! (a)
   936 (B) info: orientating (silent, 2/3 nodes up) ...
   936 (B) tells: a: silent
   944 (A) warning: invalid master count: 0
   944 (A) info: attempting failover!
   944 (A) info: my failover id: <id 3>
   944 (A) info: lock was a success!
   945 now: kill A
   946 (B) warning: invalid master count: 0
   946 (B) info: attempting failover!
   946 (B) info: my failover id: <id 4>
   946 (B) info: failover already in progress: <id 3>
   946 (B) info: giving up: another client has the lock
   956 (B) info: failover already in progress: <id 3>
   994 (B) info: a is up
   994 (B) info: gossip said a was promoted!
   994 (B) debug: still using b as subSlave
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
  1754 (A) warning: MASTER is down! (a)
  1754 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1754 (A) tells: a: connection lost
  1754 (B) warning: MASTER is down! (a)
  1754 (B) info: orientating (connection lost, 2/3 nodes up) ...
  1754 (B) tells: a: connection lost
  1754 (A) info: a is down (refused)
  1754 (A) warning: invalid master count: 0
  1754 (A) info: attempting failover!
  1754 (A) info: my failover id: <id 5>
  1754 (B) info: a is down (refused)
  1754 (B) warning: invalid master count: 0
  1754 (B) info: attempting failover!
  1754 (B) info: my failover id: <id 6>
  1755 (B) info: failover already in progress: <id 5>
  1755 (B) info: giving up: another client has the lock
  1755 (A) info: lock was a success!
  1755 (A) info: b had highest opcounter (488) of 2 nodes. congrats!
  1756 (A) debug: defaulting to master as subSlave
  1756 (A) info: ready, using b as master
  1756 (A) info: publishing gossip:master for b
  1756 (A) info: making c into a slave...
  1756 (B) info: gossip said b was promoted!
  1756 (B) debug: defaulting to master as subSlave
  1756 (B) info: ready, using b as master
  1756 (A) info: c is slave
  1764 (A) info: a is up
  1764 (B) info: a is up
  1764 (A) info: making a into a slave...
  1764 (B) info: making a into a slave...
  1764 (B) debug: giving up: another client has the lock
  1765 (A) info: a is slave
  1778 (A) info: renegotating subSlave away from master
  1778 (A) info: subSlave is now a
  1778 (A) info: making c into a slave...
  1778 (A) info: c is slave
a: replica of b, linked, epoch 2, 495 keys
b: master, epoch 2, 495 keys
c: replica of b, linked, epoch 2, 495 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
