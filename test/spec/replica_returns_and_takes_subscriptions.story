# One node alone is left: it is the master and carries the subscriptions too. A replica takes them
# over when a heartbeat has come through it.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
kill b
kill c
advance 1s
expect A sub a
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
  1022 (A) info: b is down (refused)
  1022 (A) info: c is down (refused)
  1022 (A) info: defaulting to master as subSlave
  1408 (A) warning: cut off from the majority: holding writes
  1408 (A) tells: fewer than 2 nodes heard for 300 ms

start b
await 1s b linked
await 200ms A sub b
----
  2047 (A) info: b is up
  2047 (A) info: making b into a slave...
  2048 (A) info: b is slave
  2048 (A) info: renegotating subSlave away from master
  2048 (A) info: subSlave is now b

# It restarts: away, and back only when it is fed again.
kill b
await 20ms A sub a
start b
await 2s A sub b
advance 3s
expect A sub b
----
  2048 (A) info: b is down (refused)
  2048 (A) info: defaulting to master as subSlave
  2053 (A) info: b is up
  2148 (A) info: making b into a slave...
  2148 (A) info: b is slave
  2148 (A) info: renegotating subSlave away from master
  2148 (A) info: subSlave is now b
  2151 (A) info: a majority is there again: writing
a: master, epoch 1, 769 keys
b: replica of a, linked, epoch 1, 769 keys
c: down
A: ready, uses a, epoch 1
