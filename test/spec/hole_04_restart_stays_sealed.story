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
  2027 (B) warning: invalid master count: 0
  2027 (B) info: attempting failover!
  2027 (B) info: my failover id: <id 3>
  2027 (B) info: lock was a success!
  2029 (B) info: b had highest opcounter (213) of 2 nodes. congrats!
  2030 (B) debug: still using c as subSlave
  2030 (B) info: ready, using b as master
  2030 (B) info: publishing gossip:master for b
  2030 (B) info: making c into a slave...
  2030 (B) info: c is slave
  2230 (A) info: c is up
  2230 (A) info: switching master...
  2230 (A) tells: a is no longer master
  2792 (B) info: defaulting to master as subSlave
  3230 (A) warning: invalid master count: 0
  3230 (A) info: attempting failover!
  3230 (A) info: my failover id: <id 4>
  3230 (A) info: lock was a success!
  3230 (A) info: giving up: too few nodes with a known history could be sealed
  3238 (A) warning: invalid master count: 0
  3238 (A) info: attempting failover!
  3238 (A) info: my failover id: <id 5>
  3238 (A) info: lock was a success!
  3239 (A) info: giving up: too few nodes with a known history could be sealed
  3271 (A) warning: invalid master count: 0
  3271 (A) info: attempting failover!
  3271 (A) info: my failover id: <id 6>
  3271 (A) info: lock was a success!
  3271 (A) info: giving up: too few nodes with a known history could be sealed
  3312 (A) warning: invalid master count: 0
  3312 (A) info: attempting failover!
  3312 (A) info: my failover id: <id 7>
  3312 (A) info: lock was a success!
  3312 (A) info: giving up: too few nodes with a known history could be sealed
  3438 (A) warning: invalid master count: 0
  3438 (A) info: attempting failover!
  3438 (A) info: my failover id: <id 8>
  3438 (A) info: lock was a success!
  3438 (A) info: giving up: too few nodes with a known history could be sealed
  3683 (A) warning: invalid master count: 0
  3683 (A) info: attempting failover!
  3683 (A) info: my failover id: <id 9>
  3683 (A) info: lock was a success!
  3683 (A) info: giving up: too few nodes with a known history could be sealed
  3800 (B) info: electing b again: a node has promised a newer epoch
  3800 (B) info: switching master...
  3800 (B) tells: b is no longer master
  3800 (B) warning: invalid master count: 0
  3800 (B) info: attempting failover!
  3800 (B) info: my failover id: <id 10>
  3800 (B) info: lock was a success!
  3801 (B) info: giving up: too few nodes with a known history could be sealed
  3823 (B) warning: invalid master count: 0
  3823 (B) info: attempting failover!
  3823 (B) info: my failover id: <id 11>
  3823 (B) info: lock was a success!
  3823 (B) info: giving up: too few nodes with a known history could be sealed
  3855 (B) warning: invalid master count: 0
  3855 (B) info: attempting failover!
  3855 (B) info: my failover id: <id 12>
  3855 (B) info: lock was a success!
  3855 (B) info: giving up: too few nodes with a known history could be sealed
  3909 (B) warning: invalid master count: 0
  3909 (B) info: attempting failover!
  3909 (B) info: my failover id: <id 13>
  3909 (B) info: lock was a success!
  3909 (B) info: giving up: too few nodes with a known history could be sealed
  4079 (B) warning: invalid master count: 0
  4079 (B) info: attempting failover!
  4079 (B) info: my failover id: <id 14>
  4079 (B) info: lock was a success!
  4079 (B) info: giving up: too few nodes with a known history could be sealed
  4291 (A) warning: invalid master count: 0
  4291 (A) info: attempting failover!
  4291 (A) info: my failover id: <id 15>
  4291 (A) info: lock was a success!
  4291 (A) info: giving up: too few nodes with a known history could be sealed
  4309 (B) warning: invalid master count: 0
  4309 (B) info: attempting failover!
  4309 (B) info: my failover id: <id 16>
  4309 (B) info: lock was a success!
  4309 (B) info: giving up: too few nodes with a known history could be sealed
  4325 (B) warning: invalid master count: 0
  4325 (B) info: attempting failover!
  4325 (B) info: my failover id: <id 17>
  4325 (B) info: lock was a success!
  4325 (B) info: giving up: too few nodes with a known history could be sealed
  4493 (A) warning: invalid master count: 0
  4493 (A) info: attempting failover!
  4493 (A) info: my failover id: <id 18>
  4493 (A) info: lock was a success!
  4493 (A) info: giving up: too few nodes with a known history could be sealed
  4493 (A) tells: no master after 8 attempts: too few nodes with a known history could be sealed; haredis status shows the nodes, haredis takeover picks one
  4920 (B) warning: invalid master count: 0
  4920 (B) info: attempting failover!
  4920 (B) info: my failover id: <id 19>
  4920 (B) info: lock was a success!
  4920 (B) info: giving up: too few nodes with a known history could be sealed
  4920 (B) tells: no master after 8 attempts: too few nodes with a known history could be sealed; haredis status shows the nodes, haredis takeover picks one
  5130 (A) warning: invalid master count: 0
  5130 (A) info: attempting failover!
  5130 (A) info: my failover id: <id 20>
  5130 (A) info: lock was a success!
  5130 (A) info: giving up: too few nodes with a known history could be sealed
  5592 (B) warning: invalid master count: 0
  5592 (B) info: attempting failover!
  5592 (B) info: my failover id: <id 21>
  5592 (B) info: lock was a success!
  5592 (B) info: giving up: too few nodes with a known history could be sealed
  5860 (A) warning: invalid master count: 0
  5860 (A) info: attempting failover!
  5860 (A) info: my failover id: <id 22>
  5860 (A) info: lock was a success!
  5860 (A) info: giving up: too few nodes with a known history could be sealed
  5982 (B) warning: invalid master count: 0
  5982 (B) info: attempting failover!
  5982 (B) info: my failover id: <id 23>
  5982 (B) info: lock was a success!
  5982 (B) info: giving up: too few nodes with a known history could be sealed
  6546 (A) warning: invalid master count: 0
  6546 (A) info: attempting failover!
  6546 (A) info: my failover id: <id 24>
  6546 (A) info: lock was a success!
  6546 (A) info: giving up: too few nodes with a known history could be sealed
  6631 (B) warning: invalid master count: 0
  6631 (B) info: attempting failover!
  6631 (B) info: my failover id: <id 25>
  6631 (B) info: lock was a success!
  6631 (B) info: giving up: too few nodes with a known history could be sealed
  7167 (B) warning: invalid master count: 0
  7167 (B) info: attempting failover!
  7167 (B) info: my failover id: <id 26>
  7167 (B) info: lock was a success!
  7167 (B) info: giving up: too few nodes with a known history could be sealed

heal
await 3s settled
expect master b
expect durable_lost 0
await 1s A writes
----
  7231 (A) info: b is up
  7261 (B) warning: invalid master count: 0
  7261 (B) info: attempting failover!
  7261 (B) info: my failover id: <id 27>
  7261 (B) info: lock was a success!
  7261 (B) info: giving up: too few nodes with a known history could be sealed
  7298 (B) info: a is up
  7322 (A) warning: invalid master count: 0
  7322 (A) info: attempting failover!
  7322 (A) info: my failover id: <id 28>
  7322 (A) info: lock was a success!
  7322 (A) info: b had highest opcounter (351) of 3 nodes. congrats!
  7323 (A) debug: still using a as subSlave
  7323 (A) info: ready, using b as master
  7323 (A) info: publishing gossip:master for b
  7323 (A) info: making a into a slave...
  7323 (A) info: making c into a slave...
  7323 (A) info: a majority is there again: writing
  7323 (B) info: gossip said b was promoted!
  7323 (A) warning: a has 45 writes that nobody else has
  7323 (A) tells: a has 45 writes that nobody else has: they are dropped
  7323 (B) debug: defaulting to master as subSlave
  7323 (B) info: ready, using b as master
  7323 (A) info: a is slave
  7323 (A) info: c is slave
a: replica of b, linked, epoch 27, 359 keys
b: master, epoch 27, 359 keys
c: replica of b, linked, epoch 27, 359 keys
A: ready, uses b, epoch 27
B: ready, uses b, epoch 27
