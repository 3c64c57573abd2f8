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
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: b is slave
   501 (A) info: c is slave
   575 (A) info: renegotating subSlave away from master
   575 (A) info: subSlave is now c

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
  1042 (A) info: failover already in progress: stranger
  1277 (A) info: failover already in progress: stranger
  1277 (A) warning: invalid master count: 0
  1277 (A) info: attempting failover!
  1277 (A) info: my failover id: <id 3>
  1277 (A) info: lock was a success!
  1278 (A) info: b had highest opcounter (106) of 2 nodes. congrats!
  1278 (A) debug: still using c as subSlave
  1278 (A) info: ready, using b as master
  1278 (A) info: publishing gossip:master for b
  1278 (A) info: making c into a slave...
  1278 (A) info: c is slave
  1566 (A) info: a is up
  1566 (A) info: making a into a slave...
  1567 (A) info: a is slave

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
  1567 (A) warning: MASTER is down! (b)
  1567 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1567 (A) tells: b: connection lost
  1567 (A) info: b is down (refused)
  1567 (A) warning: invalid master count: 0
  1567 (A) info: attempting failover!
  1567 (A) info: my failover id: <id 4>
  1568 (A) info: lock was a success!
  1568 now: promise a 99
  1568 now: promise c 99
  1568 (A) info: a had highest opcounter (163) of 2 nodes. congrats!
  1568 (A) info: giving up: the chosen node has promised a newer epoch
  1586 (A) warning: invalid master count: 0
  1586 (A) info: attempting failover!
  1586 (A) info: my failover id: <id 5>
  1586 (A) info: lock was a success!
  1586 (A) info: a had highest opcounter (163) of 2 nodes. congrats!
  1587 (A) debug: still using c as subSlave
  1587 (A) info: ready, using a as master
  1587 (A) info: publishing gossip:master for a
  1587 (A) info: making c into a slave...
  1587 (A) info: c is slave
  1614 (A) info: b is up
  1614 (A) info: making b into a slave...
  1615 (A) info: b is slave

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
  1615 (A) warning: MASTER is down! (a)
  1615 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1615 (A) tells: a: connection lost
  1616 (A) warning: invalid master count: 0
  1616 (A) info: attempting failover!
  1616 (A) info: my failover id: <id 6>
  1616 (A) info: lock was a success!
  1616 now: promise b 99
  1616 (A) info: a had highest opcounter (168) of 3 nodes. congrats!
  1617 now: unlock a
  1617 (A) info: giving up: the promotion was refused
  1636 (A) warning: invalid master count: 0
  1636 (A) info: attempting failover!
  1636 (A) info: my failover id: <id 7>
  1636 (A) info: lock was a success!
  1636 (A) info: a had highest opcounter (168) of 3 nodes. congrats!
  1637 (A) debug: still using c as subSlave
  1637 (A) info: ready, using a as master
  1637 (A) info: publishing gossip:master for a
  1637 (A) info: making b into a slave...
  1637 (A) info: making c into a slave...
  1637 (A) info: b is slave
  1637 (A) info: c is slave
a: master, epoch 102, 169 keys
b: replica of a, linked, epoch 102, 169 keys
c: replica of a, linked, epoch 102, 169 keys
A: ready, uses a, epoch 102
