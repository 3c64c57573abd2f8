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
   501 (A) info: subSlave is now b
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (B) info: gossip said a was promoted!
   501 (B) info: subSlave is now b
   501 (B) info: ready, using a as master
   501 (A) info: b is slave
   501 (A) info: c is slave
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
  2030 (B) info: c is up
  2052 (A) info: b is up
  2066 (A) info: c is up
  2066 (A) warning: invalid master count: 0
  2066 (A) info: attempting failover!
  2066 (A) info: my failover id: <id 3>
  2066 (A) info: lock was a success!
  2067 (A) info: giving up: too few nodes with a known history could be sealed
  2072 (A) warning: invalid master count: 0
  2072 (A) info: attempting failover!
  2072 (A) info: my failover id: <id 4>
  2072 (A) info: lock was a success!
  2072 (A) info: giving up: too few nodes with a known history could be sealed
  2105 (A) warning: invalid master count: 0
  2105 (A) info: attempting failover!
  2105 (A) info: my failover id: <id 5>
  2105 (A) info: lock was a success!
  2105 (A) info: giving up: too few nodes with a known history could be sealed
  2114 (A) warning: invalid master count: 0
  2114 (A) info: attempting failover!
  2114 (A) info: my failover id: <id 6>
  2114 (A) info: lock was a success!
  2114 (A) info: giving up: too few nodes with a known history could be sealed
  2266 (A) warning: invalid master count: 0
  2266 (A) info: attempting failover!
  2266 (A) info: my failover id: <id 7>
  2266 (A) info: lock was a success!
  2266 (A) info: giving up: too few nodes with a known history could be sealed
  2282 (B) info: b is up
  2282 (B) warning: invalid master count: 0
  2282 (B) info: attempting failover!
  2282 (B) info: my failover id: <id 8>
  2282 (B) info: lock was a success!
  2283 (B) info: giving up: too few nodes with a known history could be sealed
  2288 (B) warning: invalid master count: 0
  2288 (B) info: attempting failover!
  2288 (B) info: my failover id: <id 9>
  2288 (B) info: lock was a success!
  2288 (B) info: giving up: too few nodes with a known history could be sealed
  2306 (B) warning: invalid master count: 0
  2306 (B) info: attempting failover!
  2306 (B) info: my failover id: <id 10>
  2306 (B) info: lock was a success!
  2306 (B) info: giving up: too few nodes with a known history could be sealed
  2317 (A) warning: invalid master count: 0
  2317 (A) info: attempting failover!
  2317 (A) info: my failover id: <id 11>
  2317 (A) info: giving up: the lock was not given
  2320 (B) warning: invalid master count: 0
  2320 (B) info: attempting failover!
  2320 (B) info: my failover id: <id 12>
  2320 (B) info: lock was a success!
  2320 (B) info: giving up: too few nodes with a known history could be sealed
  2367 (B) warning: invalid master count: 0
  2367 (B) info: attempting failover!
  2367 (B) info: my failover id: <id 13>
  2367 (B) info: lock was a success!
  2367 (B) info: giving up: too few nodes with a known history could be sealed
  2595 (A) warning: invalid master count: 0
  2595 (A) info: attempting failover!
  2595 (A) info: my failover id: <id 14>
  2595 (A) info: lock was a success!
  2595 (A) info: giving up: too few nodes with a known history could be sealed
  2762 (B) warning: invalid master count: 0
  2762 (B) info: attempting failover!
  2762 (B) info: my failover id: <id 15>
  2762 (B) info: lock was a success!
  2762 (B) info: giving up: too few nodes with a known history could be sealed

start a
await 1s settled
advance 100ms
expect durable_lost 0
expect A writes
----
  3049 (B) info: a is up
  3106 (A) info: a is up
  3371 (A) warning: invalid master count: 0
  3371 (A) info: attempting failover!
  3371 (A) info: my failover id: <id 16>
  3371 (A) info: lock was a success!
  3371 (A) info: a had highest opcounter (413) of 3 nodes. congrats!
  3372 (A) info: ready, using a as master
  3372 (A) info: publishing gossip:master for a
  3372 (A) info: making b into a slave...
  3372 (A) info: making c into a slave...
  3372 (B) info: gossip said a was promoted!
  3372 (B) info: ready, using a as master
  3372 (B) info: a majority is there again: writing
  3372 (A) info: b is slave
  3372 (A) info: c is slave
a: master, epoch 14, 451 keys
b: replica of a, linked, epoch 14, 451 keys
c: replica of a, linked, epoch 14, 451 keys
A: ready, uses a, epoch 14
B: ready, uses a, epoch 14
