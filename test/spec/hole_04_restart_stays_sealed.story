# The master and one client are cut off; b is elected. c restarts and is reachable for both sides: it
# comes up sealed, not attached to the deposed master, whose WAIT can never succeed again. It has
# forgotten what it promised, so b's side does not count it either until it is vouched for.
world nodes=3 clients=2 writes=5ms durable
start
await 2s settled
advance 500ms
cut a,A b,c,B
await 2s B master b
advance 200ms
expect B writes
kill c
heal A,a c
start c
advance 1ms
expect c sealed
mark
advance 5s
expect A silent
expect c sealed
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
  1344 (A) warning: cut off from the majority: holding writes
  1344 (A) tells: fewer than 2 nodes heard for 300 ms
  1537 (A) info: defaulting to master as subSlave
  1676 (A) info: b is down (silent)
  1676 (A) info: c is down (silent)
  2021 (B) warning: MASTER is down! (a)
  2021 (B) info: orientating (silent, 2/3 nodes up) ...
  2021 (B) tells: a: silent
  2026 (B) warning: invalid master count: 0
  2026 (B) info: attempting failover!
  2026 (B) info: my failover id: <id 3>
  2026 (B) info: lock was a success!
  2027 (B) info: b had highest opcounter (213) of 2 nodes. congrats!
  2028 (B) debug: still using c as subSlave
  2028 (B) info: ready, using b as master
  2028 (B) info: publishing gossip:master for b
  2028 (B) info: making c into a slave...
  2028 (B) info: c is slave
  2228 (A) info: c is up
  2228 (A) info: switching master...
  2228 (A) tells: a is no longer master
  2800 (B) info: defaulting to master as subSlave
  3228 (A) warning: invalid master count: 0
  3228 (A) info: attempting failover!
  3228 (A) info: my failover id: <id 4>
  3228 (A) info: lock was a success!
  3228 (A) info: giving up: too few nodes with a known history could be sealed
  3236 (A) warning: invalid master count: 0
  3236 (A) info: attempting failover!
  3236 (A) info: my failover id: <id 5>
  3236 (A) info: lock was a success!
  3237 (A) info: giving up: too few nodes with a known history could be sealed
  3269 (A) warning: invalid master count: 0
  3269 (A) info: attempting failover!
  3269 (A) info: my failover id: <id 6>
  3269 (A) info: lock was a success!
  3269 (A) info: giving up: too few nodes with a known history could be sealed
  3310 (A) warning: invalid master count: 0
  3310 (A) info: attempting failover!
  3310 (A) info: my failover id: <id 7>
  3310 (A) info: lock was a success!
  3310 (A) info: giving up: too few nodes with a known history could be sealed
  3328 (B) info: electing b again: a node has promised a newer epoch
  3328 (B) info: switching master...
  3328 (B) tells: b is no longer master
  3328 (B) warning: invalid master count: 0
  3328 (B) info: attempting failover!
  3328 (B) info: my failover id: <id 8>
  3328 (B) info: lock was a success!
  3329 (B) info: giving up: too few nodes with a known history could be sealed
  3347 (B) warning: invalid master count: 0
  3347 (B) info: attempting failover!
  3347 (B) info: my failover id: <id 9>
  3347 (B) info: lock was a success!
  3347 (B) info: giving up: too few nodes with a known history could be sealed
  3372 (B) warning: invalid master count: 0
  3372 (B) info: attempting failover!
  3372 (B) info: my failover id: <id 10>
  3372 (B) info: lock was a success!
  3372 (B) info: giving up: too few nodes with a known history could be sealed
  3387 (B) warning: invalid master count: 0
  3387 (B) info: attempting failover!
  3387 (B) info: my failover id: <id 11>
  3387 (B) info: lock was a success!
  3387 (B) info: giving up: too few nodes with a known history could be sealed
  3436 (A) warning: invalid master count: 0
  3436 (A) info: attempting failover!
  3436 (A) info: my failover id: <id 12>
  3436 (A) info: lock was a success!
  3436 (A) info: giving up: too few nodes with a known history could be sealed
  3478 (B) warning: invalid master count: 0
  3478 (B) info: attempting failover!
  3478 (B) info: my failover id: <id 13>
  3478 (B) info: lock was a success!
  3478 (B) info: giving up: too few nodes with a known history could be sealed
  3681 (A) warning: invalid master count: 0
  3681 (A) info: attempting failover!
  3681 (A) info: my failover id: <id 14>
  3681 (A) info: lock was a success!
  3681 (A) info: giving up: too few nodes with a known history could be sealed
  3774 (B) warning: invalid master count: 0
  3774 (B) info: attempting failover!
  3774 (B) info: my failover id: <id 15>
  3774 (B) info: lock was a success!
  3774 (B) info: giving up: too few nodes with a known history could be sealed
  3925 (B) warning: invalid master count: 0
  3925 (B) info: attempting failover!
  3925 (B) info: my failover id: <id 16>
  3925 (B) info: lock was a success!
  3925 (B) info: giving up: too few nodes with a known history could be sealed
  4289 (A) warning: invalid master count: 0
  4289 (A) info: attempting failover!
  4289 (A) info: my failover id: <id 17>
  4289 (A) info: lock was a success!
  4289 (A) info: giving up: too few nodes with a known history could be sealed
  4472 (B) warning: invalid master count: 0
  4472 (B) info: attempting failover!
  4472 (B) info: my failover id: <id 18>
  4472 (B) info: lock was a success!
  4472 (B) info: giving up: too few nodes with a known history could be sealed
  4472 (B) tells: no master after 8 attempts: too few nodes with a known history could be sealed; haredis status shows the nodes, haredis takeover picks one
  4491 (A) warning: invalid master count: 0
  4491 (A) info: attempting failover!
  4491 (A) info: my failover id: <id 19>
  4491 (A) info: lock was a success!
  4491 (A) info: giving up: too few nodes with a known history could be sealed
  4491 (A) tells: no master after 8 attempts: too few nodes with a known history could be sealed; haredis status shows the nodes, haredis takeover picks one
  4512 (B) warning: invalid master count: 0
  4512 (B) info: attempting failover!
  4512 (B) info: my failover id: <id 20>
  4512 (B) info: lock was a success!
  4512 (B) info: giving up: too few nodes with a known history could be sealed
  4610 (B) warning: invalid master count: 0
  4610 (B) info: attempting failover!
  4610 (B) info: my failover id: <id 21>
  4610 (B) info: lock was a success!
  4610 (B) info: giving up: too few nodes with a known history could be sealed
  5128 (A) warning: invalid master count: 0
  5128 (A) info: attempting failover!
  5128 (A) info: my failover id: <id 22>
  5128 (A) info: lock was a success!
  5128 (A) info: giving up: too few nodes with a known history could be sealed
  5134 (B) warning: invalid master count: 0
  5134 (B) info: attempting failover!
  5134 (B) info: my failover id: <id 23>
  5134 (B) info: lock was a success!
  5134 (B) info: giving up: too few nodes with a known history could be sealed
  5412 (B) warning: invalid master count: 0
  5412 (B) info: attempting failover!
  5412 (B) info: my failover id: <id 24>
  5412 (B) info: lock was a success!
  5412 (B) info: giving up: too few nodes with a known history could be sealed
  5487 (B) warning: invalid master count: 0
  5487 (B) info: attempting failover!
  5487 (B) info: my failover id: <id 25>
  5487 (B) info: lock was a success!
  5487 (B) info: giving up: too few nodes with a known history could be sealed
  5858 (A) warning: invalid master count: 0
  5858 (A) info: attempting failover!
  5858 (A) info: my failover id: <id 26>
  5858 (A) info: lock was a success!
  5858 (A) info: giving up: too few nodes with a known history could be sealed
  6113 (B) warning: invalid master count: 0
  6113 (B) info: attempting failover!
  6113 (B) info: my failover id: <id 27>
  6113 (B) info: lock was a success!
  6113 (B) info: giving up: too few nodes with a known history could be sealed
  6544 (A) warning: invalid master count: 0
  6544 (A) info: attempting failover!
  6544 (A) info: my failover id: <id 28>
  6544 (A) info: lock was a success!
  6544 (A) info: giving up: too few nodes with a known history could be sealed
  6545 (B) warning: invalid master count: 0
  6545 (B) info: attempting failover!
  6545 (B) info: my failover id: <id 29>
  6545 (B) info: giving up: too few locks
  6864 (B) warning: invalid master count: 0
  6864 (B) info: attempting failover!
  6864 (B) info: my failover id: <id 30>
  6864 (B) info: lock was a success!
  6864 (B) info: giving up: too few nodes with a known history could be sealed
  6881 (B) warning: invalid master count: 0
  6881 (B) info: attempting failover!
  6881 (B) info: my failover id: <id 31>
  6881 (B) info: lock was a success!
  6881 (B) info: giving up: too few nodes with a known history could be sealed
  7148 (B) warning: invalid master count: 0
  7148 (B) info: attempting failover!
  7148 (B) info: my failover id: <id 32>
  7148 (B) info: lock was a success!
  7148 (B) info: giving up: too few nodes with a known history could be sealed
  7222 (B) warning: invalid master count: 0
  7222 (B) info: attempting failover!
  7222 (B) info: my failover id: <id 33>
  7222 (B) info: lock was a success!
  7222 (B) info: giving up: too few nodes with a known history could be sealed

heal
await 3s settled
expect master b
expect durable_lost 0
await 1s A writes
----
  7229 (A) info: b is up
  7259 (B) info: a is up
  7320 (A) warning: invalid master count: 0
  7320 (A) info: attempting failover!
  7320 (A) info: my failover id: <id 34>
  7320 (A) info: lock was a success!
  7320 (A) info: b had highest opcounter (259) of 3 nodes. congrats!
  7321 (A) debug: still using a as subSlave
  7321 (A) info: ready, using b as master
  7321 (A) info: publishing gossip:master for b
  7321 (A) info: making a into a slave...
  7321 (A) info: making c into a slave...
  7321 (A) info: a majority is there again: writing
  7321 (B) info: gossip said b was promoted!
  7321 (A) warning: a has 45 writes that nobody else has
  7321 (A) tells: a has 45 writes that nobody else has: they are dropped
  7321 (B) debug: defaulting to master as subSlave
  7321 (B) info: ready, using b as master
  7321 (A) info: a is slave
  7321 (A) info: c is slave
a: replica of b, linked, epoch 31, 266 keys
b: master, epoch 31, 266 keys
c: replica of b, linked, epoch 31, 266 keys
A: ready, uses b, epoch 31
B: ready, uses b, epoch 31
