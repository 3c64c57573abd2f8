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
  2028 (B) info: b had highest opcounter (213) of 2 nodes. congrats!
  2029 (B) debug: still using c as subSlave
  2029 (B) info: ready, using b as master
  2029 (B) info: publishing gossip:master for b
  2029 (B) info: making c into a slave...
  2029 (B) info: c is slave
  2229 (A) info: c is up
  2229 (A) info: switching master...
  2229 (A) tells: a is no longer master
  2791 (B) info: defaulting to master as subSlave
  3229 (A) warning: invalid master count: 0
  3229 (A) info: attempting failover!
  3229 (A) info: my failover id: <id 4>
  3229 (A) info: lock was a success!
  3229 (A) info: giving up: too few nodes with a known history could be sealed
  3237 (A) warning: invalid master count: 0
  3237 (A) info: attempting failover!
  3237 (A) info: my failover id: <id 5>
  3237 (A) info: lock was a success!
  3238 (A) info: giving up: too few nodes with a known history could be sealed
  3270 (A) warning: invalid master count: 0
  3270 (A) info: attempting failover!
  3270 (A) info: my failover id: <id 6>
  3270 (A) info: lock was a success!
  3270 (A) info: giving up: too few nodes with a known history could be sealed
  3311 (A) warning: invalid master count: 0
  3311 (A) info: attempting failover!
  3311 (A) info: my failover id: <id 7>
  3311 (A) info: lock was a success!
  3311 (A) info: giving up: too few nodes with a known history could be sealed
  3437 (A) warning: invalid master count: 0
  3437 (A) info: attempting failover!
  3437 (A) info: my failover id: <id 8>
  3437 (A) info: lock was a success!
  3437 (A) info: giving up: too few nodes with a known history could be sealed
  3682 (A) warning: invalid master count: 0
  3682 (A) info: attempting failover!
  3682 (A) info: my failover id: <id 9>
  3682 (A) info: lock was a success!
  3682 (A) info: giving up: too few nodes with a known history could be sealed
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
  4290 (A) warning: invalid master count: 0
  4290 (A) info: attempting failover!
  4290 (A) info: my failover id: <id 15>
  4290 (A) info: lock was a success!
  4290 (A) info: giving up: too few nodes with a known history could be sealed
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
  4492 (A) warning: invalid master count: 0
  4492 (A) info: attempting failover!
  4492 (A) info: my failover id: <id 18>
  4492 (A) info: lock was a success!
  4492 (A) info: giving up: too few nodes with a known history could be sealed
  4492 (A) tells: no master after 8 attempts: too few nodes with a known history could be sealed; haredis status shows the nodes, haredis takeover picks one
  4920 (B) warning: invalid master count: 0
  4920 (B) info: attempting failover!
  4920 (B) info: my failover id: <id 19>
  4920 (B) info: lock was a success!
  4920 (B) info: giving up: too few nodes with a known history could be sealed
  4920 (B) tells: no master after 8 attempts: too few nodes with a known history could be sealed; haredis status shows the nodes, haredis takeover picks one
  5129 (A) warning: invalid master count: 0
  5129 (A) info: attempting failover!
  5129 (A) info: my failover id: <id 20>
  5129 (A) info: lock was a success!
  5129 (A) info: giving up: too few nodes with a known history could be sealed
  5592 (B) warning: invalid master count: 0
  5592 (B) info: attempting failover!
  5592 (B) info: my failover id: <id 21>
  5592 (B) info: lock was a success!
  5592 (B) info: giving up: too few nodes with a known history could be sealed
  5859 (A) warning: invalid master count: 0
  5859 (A) info: attempting failover!
  5859 (A) info: my failover id: <id 22>
  5859 (A) info: lock was a success!
  5859 (A) info: giving up: too few nodes with a known history could be sealed
  5982 (B) warning: invalid master count: 0
  5982 (B) info: attempting failover!
  5982 (B) info: my failover id: <id 23>
  5982 (B) info: lock was a success!
  5982 (B) info: giving up: too few nodes with a known history could be sealed
  6545 (A) warning: invalid master count: 0
  6545 (A) info: attempting failover!
  6545 (A) info: my failover id: <id 24>
  6545 (A) info: lock was a success!
  6545 (A) info: giving up: too few nodes with a known history could be sealed
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
  7230 (A) info: b is up
  7261 (B) warning: invalid master count: 0
  7261 (B) info: attempting failover!
  7261 (B) info: my failover id: <id 27>
  7261 (B) info: lock was a success!
  7261 (B) info: giving up: too few nodes with a known history could be sealed
  7298 (B) info: a is up
  7321 (A) warning: invalid master count: 0
  7321 (A) info: attempting failover!
  7321 (A) info: my failover id: <id 28>
  7321 (A) info: lock was a success!
  7321 (A) info: b had highest opcounter (354) of 3 nodes. congrats!
  7322 (A) debug: still using a as subSlave
  7322 (A) info: ready, using b as master
  7322 (A) info: publishing gossip:master for b
  7322 (A) info: making a into a slave...
  7322 (A) info: making c into a slave...
  7322 (A) info: a majority is there again: writing
  7322 (B) info: gossip said b was promoted!
  7322 (A) warning: a has 45 writes that nobody else has
  7322 (A) tells: a has 45 writes that nobody else has: they are dropped
  7322 (B) debug: defaulting to master as subSlave
  7322 (B) info: ready, using b as master
  7322 (A) info: a is slave
  7322 (A) info: c is slave
a: replica of b, linked, epoch 27, 361 keys
b: master, epoch 27, 361 keys
c: replica of b, linked, epoch 27, 361 keys
A: ready, uses b, epoch 27
B: ready, uses b, epoch 27
