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
  1401 (A) warning: cut off from the majority: holding writes
  1401 (A) tells: fewer than 2 nodes heard for 300 ms
  2000 (A) info: b is down (silent)
  2000 (A) info: c is down (silent)
  2000 (A) debug: defaulting to master as subSlave
  2000 (B) warning: MASTER is down! (a)
  2000 (B) info: orientating (silent, 2/3 nodes up) ...
  2000 (B) tells: a: silent
  2021 (B) warning: invalid master count: 0
  2021 (B) info: attempting failover!
  2021 (B) info: my failover id: <id 3>
  2021 (B) info: lock was a success!
  2022 (B) info: b had highest opcounter (213) of 2 nodes. congrats!
  2023 (B) info: renegotating subSlave away from master
  2023 (B) info: subSlave is now c
  2023 (B) info: ready, using b as master
  2023 (B) info: publishing gossip:master for b
  2023 (B) info: making c into a slave...
  2023 (B) info: c is slave
  2223 (A) info: c is up
  2223 (A) info: renegotating subSlave away from master
  2223 (A) info: subSlave is now c
  2223 (A) info: switching master...
  2223 (A) tells: a is no longer master
  3223 (A) warning: invalid master count: 0
  3223 (A) info: attempting failover!
  3223 (A) info: my failover id: <id 4>
  3223 (A) info: lock was a success!
  3224 (A) info: giving up: too few nodes with a known history could be sealed
  3243 (A) warning: invalid master count: 0
  3243 (A) info: attempting failover!
  3243 (A) info: my failover id: <id 5>
  3243 (A) info: lock was a success!
  3244 (A) info: giving up: too few nodes with a known history could be sealed
  3259 (A) warning: invalid master count: 0
  3259 (A) info: attempting failover!
  3259 (A) info: my failover id: <id 6>
  3259 (A) info: lock was a success!
  3260 (A) info: giving up: too few nodes with a known history could be sealed
  3273 (A) warning: invalid master count: 0
  3273 (A) info: attempting failover!
  3273 (A) info: my failover id: <id 7>
  3273 (A) info: lock was a success!
  3274 (A) info: giving up: too few nodes with a known history could be sealed
  3323 (B) info: electing b again: a node has promised a newer epoch
  3323 (B) info: switching master...
  3323 (B) tells: b is no longer master
  3323 (B) warning: invalid master count: 0
  3323 (B) info: attempting failover!
  3323 (B) info: my failover id: <id 8>
  3323 (B) info: lock was a success!
  3324 (B) info: giving up: too few nodes with a known history could be sealed
  3333 (B) warning: invalid master count: 0
  3333 (B) info: attempting failover!
  3333 (B) info: my failover id: <id 9>
  3333 (B) info: lock was a success!
  3334 (B) info: giving up: too few nodes with a known history could be sealed
  3368 (B) warning: invalid master count: 0
  3368 (B) info: attempting failover!
  3368 (B) info: my failover id: <id 10>
  3368 (B) info: lock was a success!
  3369 (B) info: giving up: too few nodes with a known history could be sealed
  3416 (A) warning: invalid master count: 0
  3416 (A) info: attempting failover!
  3416 (A) info: my failover id: <id 11>
  3416 (A) info: lock was a success!
  3417 (A) info: giving up: too few nodes with a known history could be sealed
  3454 (B) warning: invalid master count: 0
  3454 (B) info: attempting failover!
  3454 (B) info: my failover id: <id 12>
  3454 (B) info: lock was a success!
  3455 (B) info: giving up: too few nodes with a known history could be sealed
  3529 (B) warning: invalid master count: 0
  3529 (B) info: attempting failover!
  3529 (B) info: my failover id: <id 13>
  3529 (B) info: lock was a success!
  3530 (B) info: giving up: too few nodes with a known history could be sealed
  3802 (A) warning: invalid master count: 0
  3802 (A) info: attempting failover!
  3802 (A) info: my failover id: <id 14>
  3802 (A) info: lock was a success!
  3803 (A) info: giving up: too few nodes with a known history could be sealed
  3891 (B) warning: invalid master count: 0
  3891 (B) info: attempting failover!
  3891 (B) info: my failover id: <id 15>
  3891 (B) info: lock was a success!
  3892 (B) info: giving up: too few nodes with a known history could be sealed
  3985 (A) warning: invalid master count: 0
  3985 (A) info: attempting failover!
  3985 (A) info: my failover id: <id 16>
  3985 (A) info: lock was a success!
  3986 (A) info: giving up: too few nodes with a known history could be sealed
  4237 (B) warning: invalid master count: 0
  4237 (B) info: attempting failover!
  4237 (B) info: my failover id: <id 17>
  4237 (B) info: lock was a success!
  4238 (B) info: giving up: too few nodes with a known history could be sealed
  4351 (B) warning: invalid master count: 0
  4351 (B) info: attempting failover!
  4351 (B) info: my failover id: <id 18>
  4351 (B) info: lock was a success!
  4352 (B) info: giving up: too few nodes with a known history could be sealed
  4352 (B) tells: no master after 8 attempts: too few nodes with a known history could be sealed; haredis status shows the nodes, haredis takeover picks one
  4672 (A) warning: invalid master count: 0
  4672 (A) info: attempting failover!
  4672 (A) info: my failover id: <id 19>
  4672 (A) info: lock was a success!
  4673 (A) info: giving up: too few nodes with a known history could be sealed
  4673 (A) tells: no master after 8 attempts: too few nodes with a known history could be sealed; haredis status shows the nodes, haredis takeover picks one
  4857 (A) warning: invalid master count: 0
  4857 (A) info: attempting failover!
  4857 (A) info: my failover id: <id 20>
  4857 (A) info: lock was a success!
  4858 (A) info: giving up: too few nodes with a known history could be sealed
  4966 (B) warning: invalid master count: 0
  4966 (B) info: attempting failover!
  4966 (B) info: my failover id: <id 21>
  4966 (B) info: lock was a success!
  4967 (B) info: giving up: too few nodes with a known history could be sealed
  4991 (A) warning: invalid master count: 0
  4991 (A) info: attempting failover!
  4991 (A) info: my failover id: <id 22>
  4991 (A) info: lock was a success!
  4992 (A) info: giving up: too few nodes with a known history could be sealed
  5000 (A) warning: invalid master count: 0
  5000 (A) info: attempting failover!
  5000 (A) info: my failover id: <id 23>
  5000 (A) info: lock was a success!
  5001 (A) info: giving up: too few nodes with a known history could be sealed
  5554 (B) warning: invalid master count: 0
  5554 (B) info: attempting failover!
  5554 (B) info: my failover id: <id 24>
  5554 (B) info: lock was a success!
  5555 (B) info: giving up: too few nodes with a known history could be sealed
  5603 (A) warning: invalid master count: 0
  5603 (A) info: attempting failover!
  5603 (A) info: my failover id: <id 25>
  5603 (A) info: lock was a success!
  5604 (A) info: giving up: too few nodes with a known history could be sealed
  6042 (A) warning: invalid master count: 0
  6042 (A) info: attempting failover!
  6042 (A) info: my failover id: <id 26>
  6042 (A) info: lock was a success!
  6043 (A) info: giving up: too few nodes with a known history could be sealed
  6087 (B) warning: invalid master count: 0
  6087 (B) info: attempting failover!
  6087 (B) info: my failover id: <id 27>
  6087 (B) info: lock was a success!
  6088 (B) info: giving up: too few nodes with a known history could be sealed
  6340 (A) warning: invalid master count: 0
  6340 (A) info: attempting failover!
  6340 (A) info: my failover id: <id 28>
  6340 (A) info: lock was a success!
  6341 (A) info: giving up: too few nodes with a known history could be sealed
  6737 (B) warning: invalid master count: 0
  6737 (B) info: attempting failover!
  6737 (B) info: my failover id: <id 29>
  6737 (B) info: lock was a success!
  6738 (B) info: giving up: too few nodes with a known history could be sealed
  6779 (A) warning: invalid master count: 0
  6779 (A) info: attempting failover!
  6779 (A) info: my failover id: <id 30>
  6779 (A) info: lock was a success!
  6780 (A) info: giving up: too few nodes with a known history could be sealed
  6969 (B) warning: invalid master count: 0
  6969 (B) info: attempting failover!
  6969 (B) info: my failover id: <id 31>
  6969 (B) info: lock was a success!
  6970 (B) info: giving up: too few nodes with a known history could be sealed

heal
await 3s settled
expect master b
expect durable_lost 0
await 1s A writes
----
  7224 (B) info: a is up
  7278 (A) info: b is up
  7309 (A) warning: invalid master count: 0
  7309 (A) info: attempting failover!
  7309 (A) info: my failover id: <id 32>
  7309 (A) info: lock was a success!
  7310 (A) info: b had highest opcounter (266) of 3 nodes. congrats!
  7310 (A) info: ready, using b as master
  7310 (A) info: publishing gossip:master for b
  7310 (A) info: making a into a slave...
  7310 (A) info: making c into a slave...
  7310 (A) info: a majority is there again: writing
  7310 (B) info: gossip said b was promoted!
  7310 (B) info: ready, using b as master
  7310 (A) info: a is slave
  7310 (A) info: c is slave
a: replica of b, linked, epoch 30, 274 keys
b: master, epoch 30, 274 keys
c: replica of b, linked, epoch 30, 274 keys
A: ready, uses b, epoch 30
B: ready, uses b, epoch 30
