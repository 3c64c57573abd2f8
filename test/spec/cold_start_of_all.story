# The whole data centre restarts. Everybody comes up sealed; with all of them there, rank decides.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 1s
kill a
kill b
kill c
advance 500ms
start b c
advance 1s
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
  1522 (B) warning: MASTER is down! (a)
  1522 (B) info: orientating (connection lost, 2/3 nodes up) ...
  1522 (B) tells: a: connection lost
  1522 (A) warning: MASTER is down! (a)
  1522 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1522 (A) tells: a: connection lost
  1522 (B) info: a is down (refused)
  1522 (B) warning: refusing to orientate without a majority up!
  1522 (A) info: a is down (refused)
  1522 (A) warning: refusing to orientate without a majority up!
  1522 (B) info: b is down (refused)
  1522 (A) info: b is down (refused)
  1522 (B) info: c is down (refused)
  1522 (A) info: c is down (refused)
  2025 (B) info: b is up
  2036 (A) info: c is up
  2124 (A) info: b is up
  2124 (A) warning: invalid master count: 0
  2124 (A) info: attempting failover!
  2124 (A) info: my failover id: <id 3>
  2124 (A) info: lock was a success!
  2125 (A) info: giving up: too few nodes with a known history could be sealed
  2150 (A) warning: invalid master count: 0
  2150 (A) info: attempting failover!
  2150 (A) info: my failover id: <id 4>
  2150 (A) info: lock was a success!
  2150 (A) info: giving up: too few nodes with a known history could be sealed
  2164 (B) info: c is up
  2164 (B) warning: invalid master count: 0
  2164 (B) info: attempting failover!
  2164 (B) info: my failover id: <id 5>
  2164 (B) info: lock was a success!
  2165 (B) info: giving up: too few nodes with a known history could be sealed
  2188 (A) warning: invalid master count: 0
  2188 (A) info: attempting failover!
  2188 (A) info: my failover id: <id 6>
  2188 (A) info: lock was a success!
  2188 (A) info: giving up: too few nodes with a known history could be sealed
  2189 (B) warning: invalid master count: 0
  2189 (B) info: attempting failover!
  2189 (B) info: my failover id: <id 7>
  2189 (B) info: giving up: the lock was not given
  2210 (A) warning: invalid master count: 0
  2210 (A) info: attempting failover!
  2210 (A) info: my failover id: <id 8>
  2210 (A) info: lock was a success!
  2210 (A) info: giving up: too few nodes with a known history could be sealed
  2239 (B) warning: invalid master count: 0
  2239 (B) info: attempting failover!
  2239 (B) info: my failover id: <id 9>
  2239 (B) info: lock was a success!
  2239 (B) info: giving up: too few nodes with a known history could be sealed
  2254 (A) warning: invalid master count: 0
  2254 (A) info: attempting failover!
  2254 (A) info: my failover id: <id 10>
  2254 (A) info: giving up: the lock was not given
  2287 (B) warning: invalid master count: 0
  2287 (B) info: attempting failover!
  2287 (B) info: my failover id: <id 11>
  2287 (B) info: lock was a success!
  2287 (B) info: giving up: too few nodes with a known history could be sealed
  2312 (B) warning: invalid master count: 0
  2312 (B) info: attempting failover!
  2312 (B) info: my failover id: <id 12>
  2312 (B) info: lock was a success!
  2312 (B) info: giving up: too few nodes with a known history could be sealed
  2371 (B) warning: invalid master count: 0
  2371 (B) info: attempting failover!
  2371 (B) info: my failover id: <id 13>
  2371 (B) info: lock was a success!
  2371 (B) info: giving up: too few nodes with a known history could be sealed
  2530 (A) warning: invalid master count: 0
  2530 (A) info: attempting failover!
  2530 (A) info: my failover id: <id 14>
  2530 (A) info: lock was a success!
  2530 (A) info: giving up: too few nodes with a known history could be sealed
  2980 (B) warning: invalid master count: 0
  2980 (B) info: attempting failover!
  2980 (B) info: my failover id: <id 15>
  2980 (B) info: lock was a success!
  2980 (B) info: giving up: too few nodes with a known history could be sealed

start a
await 1s settled
advance 100ms
expect durable_lost 0
expect A writes
----
  3051 (B) info: a is up
  3150 (B) warning: invalid master count: 0
  3150 (B) info: attempting failover!
  3150 (B) info: my failover id: <id 16>
  3150 (B) info: lock was a success!
  3150 (B) info: a had highest opcounter (413) of 3 nodes. congrats!
  3151 (B) debug: still using b as subSlave
  3151 (B) info: ready, using a as master
  3151 (B) info: publishing gossip:master for a
  3151 (B) info: making b into a slave...
  3151 (B) info: making c into a slave...
  3151 (B) info: a majority is there again: writing
  3151 (A) info: gossip said a was promoted!
  3151 (A) debug: hastening reconnect...
  3151 (A) info: a is up
  3151 (B) info: b is slave
  3151 (B) info: c is slave
  3151 (A) debug: still using c as subSlave
  3151 (A) info: ready, using a as master
  3151 (A) info: a majority is there again: writing
a: master, epoch 13, 451 keys
b: replica of a, linked, epoch 13, 451 keys
c: replica of a, linked, epoch 13, 451 keys
A: ready, uses a, epoch 13
B: ready, uses a, epoch 13
