# Whatever is refused on the way ends the attempt, says why, and the next attempt has a new id.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   501 (A) info: subSlave is now c
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: b is slave
   501 (A) info: c is slave

# The second node was locked by a stranger since it was looked at.
when A before lock: lock b 7 200ms
when A before lock: lock c 7 200ms
mark
kill a
advance 10ms
expect promotions 0
await 3s A writes
expect promotions 1
start a
await 3s settled
----
  1022 (A) warning: MASTER is down! (a)
  1022 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (A) tells: a: connection lost
  1022 (A) info: a is down (refused)
  1022 (A) warning: invalid master count: 0
  1022 (A) info: attempting failover!
  1022 (A) info: my failover id: <id 2>
  1022 now: lock b 7 200ms
  1022 now: lock c 7 200ms
  1022 (A) info: failover already in progress: stranger
  1022 (A) info: giving up: another client has the lock
  1037 (A) info: failover already in progress: stranger
  1277 (A) info: failover already in progress: stranger
  1277 (A) warning: invalid master count: 0
  1277 (A) info: attempting failover!
  1277 (A) info: my failover id: <id 3>
  1277 (A) info: lock was a success!
  1278 (A) info: b had highest opcounter (106) of 2 nodes. congrats!
  1278 (A) info: ready, using b as master
  1278 (A) info: publishing gossip:master for b
  1278 (A) info: making c into a slave...
  1278 (A) info: c is slave
  1549 (A) info: a is up
  1549 (A) info: making a into a slave...
  1550 (A) info: a is slave

# Between its seal and its promotion the chosen node promises a newer epoch to somebody else.
when c after seal: promise c 99
when b after seal: promise b 99
when a after seal: promise a 99
mark
kill b
advance 10ms
expect promotions 0
await 3s A writes
expect promotions 1
start b
await 3s settled
----
  1550 (A) warning: MASTER is down! (b)
  1550 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1550 (A) tells: b: connection lost
  1550 (A) info: b is down (refused)
  1550 (A) warning: invalid master count: 0
  1550 (A) info: attempting failover!
  1550 (A) info: my failover id: <id 4>
  1551 (A) info: lock was a success!
  1551 now: promise a 99
  1551 now: promise c 99
  1551 (A) info: a had highest opcounter (160) of 2 nodes. congrats!
  1551 (A) info: giving up: the chosen node has promised a newer epoch
  1560 (A) warning: invalid master count: 0
  1560 (A) info: attempting failover!
  1560 (A) info: my failover id: <id 5>
  1560 (A) info: lock was a success!
  1560 (A) info: a had highest opcounter (160) of 2 nodes. congrats!
  1561 (A) info: ready, using a as master
  1561 (A) info: publishing gossip:master for a
  1561 (A) info: making c into a slave...
  1561 (A) info: c is slave
  1574 (A) info: b is up
  1574 (A) info: making b into a slave...
  1575 (A) info: b is slave

# The lock of the chosen node expires between the guard and the promotion: EXEC is refused.
when a before promote: unlock a
when b before promote: unlock b
when c before promote: unlock c
mark
kill a
kill c
start a
start c
advance 10ms
await 5s A writes
----
  1575 (A) warning: MASTER is down! (a)
  1575 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1575 (A) tells: a: connection lost
  1576 (A) warning: invalid master count: 0
  1576 (A) info: attempting failover!
  1576 (A) info: my failover id: <id 6>
  1576 (A) info: lock was a success!
  1576 now: promise b 99
  1576 (A) info: a had highest opcounter (161) of 3 nodes. congrats!
  1577 now: unlock a
  1577 (A) info: giving up: the promotion was refused
  1591 (A) warning: invalid master count: 0
  1591 (A) info: attempting failover!
  1591 (A) info: my failover id: <id 7>
  1591 (A) info: lock was a success!
  1591 (A) info: a had highest opcounter (161) of 3 nodes. congrats!
  1592 (A) info: ready, using a as master
  1592 (A) info: publishing gossip:master for a
  1592 (A) info: making b into a slave...
  1592 (A) info: making c into a slave...
  1592 (A) info: b is slave
  1592 (A) info: c is slave
a: master, epoch 102, 162 keys
b: replica of a, linked, epoch 102, 162 keys
c: replica of a, linked, epoch 102, 162 keys
A: ready, uses a, epoch 102
