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
  2223 (A) warning: invalid master count: 0
  2223 (A) info: attempting failover!
  2223 (A) info: my failover id: <id 4>
  2223 (A) info: lock was a success!
  2224 (A) info: giving up: too few nodes with a known history could be sealed
  2234 (A) warning: invalid master count: 0
  2234 (A) info: attempting failover!
  2234 (A) info: my failover id: <id 5>
  2234 (A) info: lock was a success!
  2235 (A) info: giving up: too few nodes with a known history could be sealed
  2272 (A) warning: invalid master count: 0
  2272 (A) info: attempting failover!
  2272 (A) info: my failover id: <id 6>
  2272 (A) info: lock was a success!
  2273 (A) info: giving up: too few nodes with a known history could be sealed
  2354 (A) warning: invalid master count: 0
  2354 (A) info: attempting failover!
  2354 (A) info: my failover id: <id 7>
  2354 (A) info: lock was a success!
  2355 (A) info: giving up: too few nodes with a known history could be sealed
  2500 (A) warning: invalid master count: 0
  2500 (A) info: attempting failover!
  2500 (A) info: my failover id: <id 8>
  2500 (A) info: lock was a success!
  2501 (A) info: giving up: too few nodes with a known history could be sealed
  2725 (A) warning: invalid master count: 0
  2725 (A) info: attempting failover!
  2725 (A) info: my failover id: <id 9>
  2725 (A) info: lock was a success!
  2726 (A) info: giving up: too few nodes with a known history could be sealed
  2800 (B) info: electing b again: a node has promised a newer epoch
  2800 (B) info: switching master...
  2800 (B) tells: b is no longer master
  2800 (B) warning: invalid master count: 0
  2800 (B) info: attempting failover!
  2800 (B) info: my failover id: <id 10>
  2800 (B) info: lock was a success!
  2801 (B) info: giving up: too few nodes with a known history could be sealed
  2819 (B) warning: invalid master count: 0
  2819 (B) info: attempting failover!
  2819 (B) info: my failover id: <id 11>
  2819 (B) info: lock was a success!
  2820 (B) info: giving up: too few nodes with a known history could be sealed
  2847 (B) warning: invalid master count: 0
  2847 (B) info: attempting failover!
  2847 (B) info: my failover id: <id 12>
  2847 (B) info: lock was a success!
  2848 (B) info: giving up: too few nodes with a known history could be sealed
  2944 (B) warning: invalid master count: 0
  2944 (B) info: attempting failover!
  2944 (B) info: my failover id: <id 13>
  2944 (B) info: lock was a success!
  2945 (B) info: giving up: too few nodes with a known history could be sealed
  3025 (B) warning: invalid master count: 0
  3025 (B) info: attempting failover!
  3025 (B) info: my failover id: <id 14>
  3025 (B) info: lock was a success!
  3026 (B) info: giving up: too few nodes with a known history could be sealed
  3123 (B) warning: invalid master count: 0
  3123 (B) info: attempting failover!
  3123 (B) info: my failover id: <id 15>
  3123 (B) info: lock was a success!
  3124 (B) info: giving up: too few nodes with a known history could be sealed
  3235 (B) warning: invalid master count: 0
  3235 (B) info: attempting failover!
  3235 (B) info: my failover id: <id 16>
  3235 (B) info: lock was a success!
  3236 (B) info: giving up: too few nodes with a known history could be sealed
  3455 (B) warning: invalid master count: 0
  3455 (B) info: attempting failover!
  3455 (B) info: my failover id: <id 17>
  3455 (B) info: lock was a success!
  3456 (A) warning: invalid master count: 0
  3456 (A) info: attempting failover!
  3456 (A) info: my failover id: <id 18>
  3456 (B) info: giving up: too few nodes with a known history could be sealed
  3456 (B) tells: no master after 8 attempts: too few nodes with a known history could be sealed; haredis status shows the nodes, haredis takeover picks one
  3456 (A) info: failover already in progress: <id 17>
  3456 (A) info: giving up: another client has the lock
  3530 (B) warning: invalid master count: 0
  3530 (B) info: attempting failover!
  3530 (B) info: my failover id: <id 19>
  3530 (B) info: lock was a success!
  3531 (B) info: giving up: too few nodes with a known history could be sealed
  3734 (A) warning: invalid master count: 0
  3734 (A) info: attempting failover!
  3734 (A) info: my failover id: <id 20>
  3734 (A) info: lock was a success!
  3735 (A) info: giving up: too few nodes with a known history could be sealed
  3735 (A) tells: no master after 8 attempts: too few nodes with a known history could be sealed; haredis status shows the nodes, haredis takeover picks one
  4102 (B) warning: invalid master count: 0
  4102 (B) info: attempting failover!
  4102 (B) info: my failover id: <id 21>
  4102 (B) info: lock was a success!
  4103 (B) info: giving up: too few nodes with a known history could be sealed
  4283 (A) warning: invalid master count: 0
  4283 (A) info: attempting failover!
  4283 (A) info: my failover id: <id 22>
  4283 (A) info: lock was a success!
  4284 (A) info: giving up: too few nodes with a known history could be sealed
  4417 (A) warning: invalid master count: 0
  4417 (A) info: attempting failover!
  4417 (A) info: my failover id: <id 23>
  4417 (A) info: lock was a success!
  4418 (A) info: giving up: too few nodes with a known history could be sealed
  4426 (A) warning: invalid master count: 0
  4426 (A) info: attempting failover!
  4426 (A) info: my failover id: <id 24>
  4426 (A) info: lock was a success!
  4427 (A) info: giving up: too few nodes with a known history could be sealed
  4886 (B) warning: invalid master count: 0
  4886 (B) info: attempting failover!
  4886 (B) info: my failover id: <id 25>
  4886 (B) info: lock was a success!
  4887 (B) info: giving up: too few nodes with a known history could be sealed
  5029 (A) warning: invalid master count: 0
  5029 (A) info: attempting failover!
  5029 (A) info: my failover id: <id 26>
  5029 (A) info: lock was a success!
  5030 (A) info: giving up: too few nodes with a known history could be sealed
  5093 (B) warning: invalid master count: 0
  5093 (B) info: attempting failover!
  5093 (B) info: my failover id: <id 27>
  5093 (B) info: giving up: too few locks
  5468 (A) warning: invalid master count: 0
  5468 (A) info: attempting failover!
  5468 (A) info: my failover id: <id 28>
  5468 (A) info: lock was a success!
  5469 (A) info: giving up: too few nodes with a known history could be sealed
  5737 (B) warning: invalid master count: 0
  5737 (B) info: attempting failover!
  5737 (B) info: my failover id: <id 29>
  5737 (B) info: lock was a success!
  5738 (B) info: giving up: too few nodes with a known history could be sealed
  5995 (A) warning: invalid master count: 0
  5995 (A) info: attempting failover!
  5995 (A) info: my failover id: <id 30>
  5995 (A) info: lock was a success!
  5996 (A) info: giving up: too few nodes with a known history could be sealed
  6274 (B) warning: invalid master count: 0
  6274 (B) info: attempting failover!
  6274 (B) info: my failover id: <id 31>
  6274 (B) info: lock was a success!
  6275 (B) info: giving up: too few nodes with a known history could be sealed
  6382 (A) warning: invalid master count: 0
  6382 (A) info: attempting failover!
  6382 (A) info: my failover id: <id 32>
  6382 (A) info: lock was a success!
  6383 (A) info: giving up: too few nodes with a known history could be sealed
  6912 (A) warning: invalid master count: 0
  6912 (A) info: attempting failover!
  6912 (A) info: my failover id: <id 33>
  6912 (A) info: lock was a success!
  6913 (A) info: giving up: too few nodes with a known history could be sealed
  7068 (B) warning: invalid master count: 0
  7068 (B) info: attempting failover!
  7068 (B) info: my failover id: <id 34>
  7068 (B) info: lock was a success!
  7069 (B) info: giving up: too few nodes with a known history could be sealed
  7079 (A) warning: invalid master count: 0
  7079 (A) info: attempting failover!
  7079 (A) info: my failover id: <id 35>
  7079 (A) info: lock was a success!
  7080 (A) info: giving up: too few nodes with a known history could be sealed

heal
await 3s settled
expect master b
expect durable_lost 0
await 1s A writes
----
  7240 (B) info: a is up
  7249 (A) info: b is up
  7794 (A) warning: invalid master count: 0
  7794 (A) info: attempting failover!
  7794 (A) info: my failover id: <id 36>
  7794 (A) info: lock was a success!
  7795 (A) info: b had highest opcounter (350) of 3 nodes. congrats!
  7795 (A) info: ready, using b as master
  7795 (A) info: publishing gossip:master for b
  7795 (A) info: making a into a slave...
  7795 (A) info: making c into a slave...
  7795 (A) info: a majority is there again: writing
  7795 (B) info: gossip said b was promoted!
  7795 (B) info: ready, using b as master
  7795 (A) info: a is slave
  7795 (A) info: c is slave
a: replica of b, linked, epoch 32, 356 keys
b: master, epoch 32, 356 keys
c: replica of b, linked, epoch 32, 356 keys
A: ready, uses b, epoch 32
B: ready, uses b, epoch 32
