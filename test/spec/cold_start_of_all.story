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
  2073 (A) info: giving up: too few nodes with a known history could be sealed
  2106 (A) warning: invalid master count: 0
  2106 (A) info: attempting failover!
  2106 (A) info: my failover id: <id 5>
  2106 (A) info: lock was a success!
  2107 (A) info: giving up: too few nodes with a known history could be sealed
  2116 (A) warning: invalid master count: 0
  2116 (A) info: attempting failover!
  2116 (A) info: my failover id: <id 6>
  2116 (A) info: lock was a success!
  2117 (A) info: giving up: too few nodes with a known history could be sealed
  2269 (A) warning: invalid master count: 0
  2269 (A) info: attempting failover!
  2269 (A) info: my failover id: <id 7>
  2269 (A) info: lock was a success!
  2270 (A) info: giving up: too few nodes with a known history could be sealed
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
  2289 (B) info: giving up: too few nodes with a known history could be sealed
  2307 (B) warning: invalid master count: 0
  2307 (B) info: attempting failover!
  2307 (B) info: my failover id: <id 10>
  2307 (B) info: lock was a success!
  2308 (B) info: giving up: too few nodes with a known history could be sealed
  2321 (A) warning: invalid master count: 0
  2321 (A) info: attempting failover!
  2321 (A) info: my failover id: <id 11>
  2321 (A) info: giving up: the lock was not answered
  2322 (B) warning: invalid master count: 0
  2322 (B) info: attempting failover!
  2322 (B) info: my failover id: <id 12>
  2322 (B) info: lock was a success!
  2323 (B) info: giving up: too few nodes with a known history could be sealed
  2370 (B) warning: invalid master count: 0
  2370 (B) info: attempting failover!
  2370 (B) info: my failover id: <id 13>
  2370 (B) info: lock was a success!
  2371 (B) info: giving up: too few nodes with a known history could be sealed
  2599 (A) warning: invalid master count: 0
  2599 (A) info: attempting failover!
  2599 (A) info: my failover id: <id 14>
  2599 (A) info: lock was a success!
  2600 (A) info: giving up: too few nodes with a known history could be sealed
  2766 (B) warning: invalid master count: 0
  2766 (B) info: attempting failover!
  2766 (B) info: my failover id: <id 15>
  2766 (B) info: lock was a success!
  2767 (B) info: giving up: too few nodes with a known history could be sealed

start a
await 1s settled
advance 100ms
expect durable_lost 0
expect A writes
----
  3049 (B) info: a is up
  3106 (A) info: a is up
  3376 (A) warning: invalid master count: 0
  3376 (A) info: attempting failover!
  3376 (A) info: my failover id: <id 16>
  3376 (A) info: lock was a success!
  3377 (A) info: a had highest opcounter (413) of 3 nodes. congrats!
  3377 (A) info: ready, using a as master
  3377 (A) info: publishing gossip:master for a
  3377 (A) info: making b into a slave...
  3377 (A) info: making c into a slave...
  3377 (B) info: gossip said a was promoted!
  3377 (B) info: ready, using a as master
  3377 (B) info: a majority is there again: writing
  3377 (A) info: b is slave
  3377 (A) info: c is slave
a: master, epoch 14, 452 keys
b: replica of a, linked, epoch 14, 452 keys
c: replica of a, linked, epoch 14, 452 keys
A: ready, uses a, epoch 14
B: ready, uses a, epoch 14
