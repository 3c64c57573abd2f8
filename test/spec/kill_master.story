# The master is killed: a reset, a refused dial, and no waiting.
world nodes=3 clients=2 writes=5ms
start
await 1s settled
expect master a
advance 2s
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
     0 (A) warning: looking for master: no group yet, a node is still loading its data
     0 (B) warning: looking for master: no group yet, a node is still loading its data
     1 (A) warning: invalid master count: 0
     1 (A) info: attempting failover!
     1 (A) info: my failover id: <id 1>
     1 (B) warning: invalid master count: 0
     1 (B) info: attempting failover!
     1 (B) info: my failover id: <id 2>
     1 (B) info: failover already in progress: <id 1>
     1 (B) info: giving up: another client has the lock
     1 (A) info: lock was a success!
     2 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
     2 (A) info: subSlave is now b
     2 (A) info: ready, using a as master
     2 (A) info: publishing gossip:master for a
     2 (A) info: making b into a slave...
     2 (A) info: making c into a slave...
     2 (B) info: gossip said a was promoted!
     2 (B) info: subSlave is now b
     2 (B) info: ready, using a as master
     2 (A) info: b is slave
     2 (A) info: c is slave

mark
kill a
await 50ms master b
expect promotions 1
expect full_syncs 0
expect A gap < 20ms
expect B gap < 20ms
expect c follows b
advance 100ms
expect lost 0
----
  2023 (B) warning: MASTER is down! (a)
  2023 (B) info: orientating (connection lost, 2/3 nodes up) ...
  2023 (B) tells: a: connection lost
  2023 (A) warning: MASTER is down! (a)
  2023 (A) info: orientating (connection lost, 2/3 nodes up) ...
  2023 (A) tells: a: connection lost
  2023 (B) info: a is down (refused)
  2023 (B) warning: invalid master count: 0
  2023 (B) info: attempting failover!
  2023 (B) info: my failover id: <id 3>
  2023 (A) info: a is down (refused)
  2023 (A) warning: invalid master count: 0
  2023 (A) info: attempting failover!
  2023 (A) info: my failover id: <id 4>
  2023 (A) info: failover already in progress: <id 3>
  2023 (A) info: giving up: another client has the lock
  2023 (B) info: lock was a success!
  2024 (B) info: b had highest opcounter (824) of 2 nodes. congrats!
  2024 (B) info: renegotating subSlave away from master
  2024 (B) info: subSlave is now c
  2024 (B) info: ready, using b as master
  2024 (B) info: publishing gossip:master for b
  2024 (B) info: making c into a slave...
  2024 (A) info: gossip said b was promoted!
  2025 (A) info: renegotating subSlave away from master
  2025 (A) info: subSlave is now c
  2025 (A) info: ready, using b as master
  2025 (B) info: c is slave

# It comes back as what it is now.
start a
await 3s settled
expect a follows b
expect promotions 1
----
  2138 (B) info: a is up
  2138 (B) info: making a into a slave...
  2139 (B) info: a is slave
a: replica of b, linked, epoch 2, 865 keys
b: master, epoch 2, 865 keys
c: replica of b, linked, epoch 2, 865 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
