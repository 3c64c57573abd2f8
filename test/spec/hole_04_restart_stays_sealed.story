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
   579 (B) info: renegotating subSlave away from master
   579 (B) info: subSlave is now b
   579 (A) info: renegotating subSlave away from master
   579 (A) info: subSlave is now c
  1401 (A) warning: cut off from the majority: holding writes
  1401 (A) tells: fewer than 2 nodes heard for 300 ms
  1575 (A) info: defaulting to master as subSlave
  2000 (B) warning: MASTER is down! (a)
  2000 (B) info: orientating (silent, 2/3 nodes up) ...
  2000 (B) tells: a: silent
  2000 (A) info: b is down (silent)
  2000 (A) info: c is down (silent)
  2021 (B) warning: invalid master count: 0
  2021 (B) info: attempting failover!
  2021 (B) info: my failover id: <id 3>
  2021 (B) info: lock was a success!
  2022 (B) info: b had highest opcounter (213) of 2 nodes. congrats!
  2023 (B) debug: defaulting to master as subSlave
  2023 (B) info: ready, using b as master
  2023 (B) info: publishing gossip:master for b
  2023 (B) info: making c into a slave...
  2023 (B) info: c is slave
  2090 (B) info: renegotating subSlave away from master
  2090 (B) info: subSlave is now c
  2223 (A) info: c is up
  2223 (A) info: switching master...
  2223 (A) tells: a is no longer master
  2812 (B) info: defaulting to master as subSlave
  3223 (A) warning: invalid master count: 0
  3223 (A) info: attempting failover!
  3223 (A) info: my failover id: <id 4>
  3223 (A) info: lock was a success!
  3223 (A) info: giving up: too few nodes with a known history could be sealed
  3242 (A) warning: invalid master count: 0
  3242 (A) info: attempting failover!
  3242 (A) info: my failover id: <id 5>
  3242 (A) info: lock was a success!
  3242 (A) info: giving up: too few nodes with a known history could be sealed
  3257 (A) warning: invalid master count: 0
  3257 (A) info: attempting failover!
  3257 (A) info: my failover id: <id 6>
  3257 (A) info: lock was a success!
  3257 (A) info: giving up: too few nodes with a known history could be sealed
  3270 (A) warning: invalid master count: 0
  3270 (A) info: attempting failover!
  3270 (A) info: my failover id: <id 7>
  3270 (A) info: lock was a success!
  3270 (A) info: giving up: too few nodes with a known history could be sealed
  3412 (A) warning: invalid master count: 0
  3412 (A) info: attempting failover!
  3412 (A) info: my failover id: <id 8>
  3412 (A) info: lock was a success!
  3412 (A) info: giving up: too few nodes with a known history could be sealed
  3797 (A) warning: invalid master count: 0
  3797 (A) info: attempting failover!
  3797 (A) info: my failover id: <id 9>
  3797 (A) info: lock was a success!
  3797 (A) info: giving up: too few nodes with a known history could be sealed
  3800 (B) info: electing b again: a node has promised a newer epoch
  3800 (B) info: switching master...
  3800 (B) tells: b is no longer master
  3800 (B) warning: invalid master count: 0
  3800 (B) info: attempting failover!
  3800 (B) info: my failover id: <id 10>
  3800 (B) info: lock was a success!
  3801 (B) info: giving up: too few nodes with a known history could be sealed
  3813 (B) warning: invalid master count: 0
  3813 (B) info: attempting failover!
  3813 (B) info: my failover id: <id 11>
  3813 (B) info: lock was a success!
  3813 (B) info: giving up: too few nodes with a known history could be sealed
  3860 (B) warning: invalid master count: 0
  3860 (B) info: attempting failover!
  3860 (B) info: my failover id: <id 12>
  3860 (B) info: lock was a success!
  3860 (B) info: giving up: too few nodes with a known history could be sealed
  3921 (B) warning: invalid master count: 0
  3921 (B) info: attempting failover!
  3921 (B) info: my failover id: <id 13>
  3921 (B) info: lock was a success!
  3921 (B) info: giving up: too few nodes with a known history could be sealed
  3924 (A) warning: invalid master count: 0
  3924 (A) info: attempting failover!
  3924 (A) info: my failover id: <id 14>
  3924 (A) info: giving up: the lock was not given
  4115 (B) warning: invalid master count: 0
  4115 (B) info: attempting failover!
  4115 (B) info: my failover id: <id 15>
  4115 (B) info: lock was a success!
  4115 (B) info: giving up: too few nodes with a known history could be sealed
  4384 (B) warning: invalid master count: 0
  4384 (B) info: attempting failover!
  4384 (B) info: my failover id: <id 16>
  4384 (B) info: lock was a success!
  4384 (B) info: giving up: too few nodes with a known history could be sealed
  4610 (A) warning: invalid master count: 0
  4610 (A) info: attempting failover!
  4610 (A) info: my failover id: <id 17>
  4610 (A) info: lock was a success!
  4610 (A) info: giving up: too few nodes with a known history could be sealed
  4610 (A) tells: no master after 8 attempts: too few nodes with a known history could be sealed; haredis status shows the nodes, haredis takeover picks one
  4794 (A) warning: invalid master count: 0
  4794 (A) info: attempting failover!
  4794 (A) info: my failover id: <id 18>
  4794 (A) info: lock was a success!
  4794 (A) info: giving up: too few nodes with a known history could be sealed
  4927 (A) warning: invalid master count: 0
  4927 (A) info: attempting failover!
  4927 (A) info: my failover id: <id 19>
  4927 (A) info: lock was a success!
  4927 (A) info: giving up: too few nodes with a known history could be sealed
  4935 (A) warning: invalid master count: 0
  4935 (A) info: attempting failover!
  4935 (A) info: my failover id: <id 20>
  4935 (A) info: lock was a success!
  4935 (A) info: giving up: too few nodes with a known history could be sealed
  4953 (B) warning: invalid master count: 0
  4953 (B) info: attempting failover!
  4953 (B) info: my failover id: <id 21>
  4953 (B) info: lock was a success!
  4953 (B) info: giving up: too few nodes with a known history could be sealed
  5537 (A) warning: invalid master count: 0
  5537 (A) info: attempting failover!
  5537 (A) info: my failover id: <id 22>
  5537 (A) info: lock was a success!
  5537 (A) info: giving up: too few nodes with a known history could be sealed
  5562 (B) warning: invalid master count: 0
  5562 (B) info: attempting failover!
  5562 (B) info: my failover id: <id 23>
  5562 (B) info: giving up: too few locks
  5562 (B) tells: no master after 8 attempts: too few locks; haredis status shows the nodes, haredis takeover picks one
  5667 (B) warning: invalid master count: 0
  5667 (B) info: attempting failover!
  5667 (B) info: my failover id: <id 24>
  5667 (B) info: lock was a success!
  5667 (B) info: giving up: too few nodes with a known history could be sealed
  5975 (A) warning: invalid master count: 0
  5975 (A) info: attempting failover!
  5975 (A) info: my failover id: <id 25>
  5975 (A) info: lock was a success!
  5975 (A) info: giving up: too few nodes with a known history could be sealed
  6299 (B) warning: invalid master count: 0
  6299 (B) info: attempting failover!
  6299 (B) info: my failover id: <id 26>
  6299 (B) info: lock was a success!
  6299 (B) info: giving up: too few nodes with a known history could be sealed
  6501 (A) warning: invalid master count: 0
  6501 (A) info: attempting failover!
  6501 (A) info: my failover id: <id 27>
  6501 (A) info: lock was a success!
  6501 (A) info: giving up: too few nodes with a known history could be sealed
  6939 (A) warning: invalid master count: 0
  6939 (A) info: attempting failover!
  6939 (A) info: my failover id: <id 28>
  6939 (A) info: lock was a success!
  6939 (A) info: giving up: too few nodes with a known history could be sealed
  7083 (B) warning: invalid master count: 0
  7083 (B) info: attempting failover!
  7083 (B) info: my failover id: <id 29>
  7083 (B) info: lock was a success!
  7083 (B) info: giving up: too few nodes with a known history could be sealed

heal
await 3s settled
expect master b
expect durable_lost 0
await 1s A writes
----
  7238 (B) info: a is up
  7248 (A) info: b is up
  7468 (A) warning: invalid master count: 0
  7468 (A) info: attempting failover!
  7468 (A) info: my failover id: <id 30>
  7468 (A) info: lock was a success!
  7468 (A) info: b had highest opcounter (346) of 3 nodes. congrats!
  7469 (A) debug: still using a as subSlave
  7469 (A) info: ready, using b as master
  7469 (A) info: publishing gossip:master for b
  7469 (A) info: making a into a slave...
  7469 (A) info: making c into a slave...
  7469 (A) info: a majority is there again: writing
  7469 (B) info: gossip said b was promoted!
  7469 (A) warning: a has 56 writes that nobody else has
  7469 (A) tells: a has 56 writes that nobody else has: they are dropped
  7469 (B) debug: defaulting to master as subSlave
  7469 (B) info: ready, using b as master
  7469 (A) info: a is slave
  7469 (A) info: c is slave
a: replica of b, linked, epoch 27, 355 keys
b: master, epoch 27, 355 keys
c: replica of b, linked, epoch 27, 355 keys
A: ready, uses b, epoch 27
B: ready, uses b, epoch 27
