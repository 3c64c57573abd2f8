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
   576 (A) info: renegotating subSlave away from master
   576 (A) info: subSlave is now c
   576 (B) info: renegotating subSlave away from master
   576 (B) info: subSlave is now c
  1522 (B) warning: MASTER is down! (a)
  1522 (B) info: orientating (connection lost, 2/3 nodes up) ...
  1522 (B) tells: a: connection lost
  1522 (A) warning: MASTER is down! (a)
  1522 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1522 (A) tells: a: connection lost
  1522 (B) info: a is down (refused)
  1522 (A) info: a is down (refused)
  1522 (A) warning: refusing to orientate without a majority up!
  1522 (B) info: b is down (refused)
  1522 (A) info: b is down (refused)
  1522 (B) info: c is down (refused)
  1522 (A) info: c is down (refused)
  1528 (B) warning: refusing to orientate without a majority up!
  2048 (B) info: b is up
  2048 (B) info: subSlave went down, renegotiated to b
  2055 (B) info: c is up
  2055 (B) warning: invalid master count: 0
  2055 (B) info: attempting failover!
  2055 (B) info: my failover id: <id 3>
  2055 (B) info: lock was a success!
  2056 (B) info: giving up: too few nodes with a known history could be sealed
  2062 (A) info: b is up
  2062 (A) info: subSlave went down, renegotiated to b
  2067 (B) warning: invalid master count: 0
  2067 (B) info: attempting failover!
  2067 (B) info: my failover id: <id 4>
  2067 (B) info: lock was a success!
  2067 (B) info: giving up: too few nodes with a known history could be sealed
  2101 (B) warning: invalid master count: 0
  2101 (B) info: attempting failover!
  2101 (B) info: my failover id: <id 5>
  2101 (B) info: lock was a success!
  2101 (B) info: giving up: too few nodes with a known history could be sealed
  2175 (B) warning: invalid master count: 0
  2175 (B) info: attempting failover!
  2175 (B) info: my failover id: <id 6>
  2175 (B) info: lock was a success!
  2175 (B) info: giving up: too few nodes with a known history could be sealed
  2249 (B) warning: invalid master count: 0
  2249 (B) info: attempting failover!
  2249 (B) info: my failover id: <id 7>
  2249 (B) info: lock was a success!
  2249 (B) info: giving up: too few nodes with a known history could be sealed
  2265 (A) info: c is up
  2265 (A) warning: invalid master count: 0
  2265 (A) info: attempting failover!
  2265 (A) info: my failover id: <id 8>
  2265 (A) info: lock was a success!
  2266 (A) info: giving up: too few nodes with a known history could be sealed
  2273 (A) warning: invalid master count: 0
  2273 (A) info: attempting failover!
  2273 (A) info: my failover id: <id 9>
  2273 (A) info: lock was a success!
  2273 (A) info: giving up: too few nodes with a known history could be sealed
  2313 (A) warning: invalid master count: 0
  2313 (A) info: attempting failover!
  2313 (A) info: my failover id: <id 10>
  2313 (A) info: lock was a success!
  2313 (A) info: giving up: too few nodes with a known history could be sealed
  2386 (A) warning: invalid master count: 0
  2386 (A) info: attempting failover!
  2386 (A) info: my failover id: <id 11>
  2386 (A) info: lock was a success!
  2386 (A) info: giving up: too few nodes with a known history could be sealed
  2489 (A) warning: invalid master count: 0
  2489 (A) info: attempting failover!
  2489 (A) info: my failover id: <id 12>
  2489 (A) info: lock was a success!
  2489 (A) info: giving up: too few nodes with a known history could be sealed
  2632 (B) warning: invalid master count: 0
  2632 (B) info: attempting failover!
  2632 (B) info: my failover id: <id 13>
  2632 (B) info: lock was a success!
  2632 (B) info: giving up: too few nodes with a known history could be sealed
  2720 (A) warning: invalid master count: 0
  2720 (A) info: attempting failover!
  2720 (A) info: my failover id: <id 14>
  2720 (A) info: lock was a success!
  2720 (A) info: giving up: too few nodes with a known history could be sealed
  2816 (B) warning: invalid master count: 0
  2816 (B) info: attempting failover!
  2816 (B) info: my failover id: <id 15>
  2816 (B) info: lock was a success!
  2816 (B) info: giving up: too few nodes with a known history could be sealed

start a
await 1s settled
advance 100ms
expect durable_lost 0
expect A writes
----
  3105 (B) info: a is up
  3163 (A) info: a is up
  3177 (A) warning: invalid master count: 0
  3177 (A) info: attempting failover!
  3177 (A) info: my failover id: <id 16>
  3177 (A) info: lock was a success!
  3177 (A) info: a had highest opcounter (413) of 3 nodes. congrats!
  3178 (A) debug: still using b as subSlave
  3178 (A) info: ready, using a as master
  3178 (A) info: publishing gossip:master for a
  3178 (A) info: making b into a slave...
  3178 (A) info: making c into a slave...
  3178 (A) info: a majority is there again: writing
  3178 (B) info: gossip said a was promoted!
  3178 (B) debug: still using b as subSlave
  3178 (B) info: ready, using a as master
  3178 (B) info: a majority is there again: writing
  3178 (A) info: b is slave
  3178 (A) info: c is slave
a: master, epoch 15, 452 keys
b: replica of a, linked, epoch 15, 452 keys
c: replica of a, linked, epoch 15, 452 keys
A: ready, uses a, epoch 15
B: ready, uses a, epoch 15
