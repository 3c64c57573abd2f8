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
   579 (A) info: renegotating subSlave away from master
   579 (A) info: subSlave is now c

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
  1281 (A) info: failover already in progress: stranger
  1281 (A) warning: invalid master count: 0
  1281 (A) info: attempting failover!
  1281 (A) info: my failover id: <id 3>
  1281 (A) info: lock was a success!
  1282 (A) info: b had highest opcounter (106) of 2 nodes. congrats!
  1282 (A) debug: still using c as subSlave
  1282 (A) info: ready, using b as master
  1282 (A) info: publishing gossip:master for b
  1282 (A) info: making c into a slave...
  1282 (A) info: c is slave
  1439 (A) info: a is up
  1439 (A) info: making a into a slave...
  1440 (A) info: a is slave

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
  1440 (A) warning: MASTER is down! (b)
  1440 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1440 (A) tells: b: connection lost
  1440 (A) info: b is down (refused)
  1440 (A) warning: invalid master count: 0
  1440 (A) info: attempting failover!
  1440 (A) info: my failover id: <id 4>
  1441 (A) info: lock was a success!
  1441 now: promise a 99
  1441 now: promise c 99
  1441 (A) info: a had highest opcounter (139) of 2 nodes. congrats!
  1441 (A) info: giving up: the chosen node has promised a newer epoch
  1465 (A) warning: invalid master count: 0
  1465 (A) info: attempting failover!
  1465 (A) info: my failover id: <id 5>
  1465 (A) info: lock was a success!
  1465 (A) info: a had highest opcounter (139) of 2 nodes. congrats!
  1466 (A) debug: still using c as subSlave
  1466 (A) info: ready, using a as master
  1466 (A) info: publishing gossip:master for a
  1466 (A) info: making c into a slave...
  1466 (A) info: c is slave
  1492 (A) info: b is up
  1492 (A) info: making b into a slave...
  1493 (A) info: b is slave

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
  1493 (A) warning: MASTER is down! (a)
  1493 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1493 (A) tells: a: connection lost
  1494 (A) warning: invalid master count: 0
  1494 (A) info: attempting failover!
  1494 (A) info: my failover id: <id 6>
  1494 (A) info: lock was a success!
  1494 now: promise b 99
  1494 (A) info: a had highest opcounter (144) of 3 nodes. congrats!
  1495 now: unlock a
  1495 (A) info: giving up: the promotion was refused
  1514 (A) warning: invalid master count: 0
  1514 (A) info: attempting failover!
  1514 (A) info: my failover id: <id 7>
  1514 (A) info: lock was a success!
  1514 (A) info: a had highest opcounter (144) of 3 nodes. congrats!
  1515 (A) debug: still using c as subSlave
  1515 (A) info: ready, using a as master
  1515 (A) info: publishing gossip:master for a
  1515 (A) info: making b into a slave...
  1515 (A) info: making c into a slave...
  1515 (A) info: b is slave
  1515 (A) info: c is slave
a: master, epoch 102, 145 keys
b: replica of a, linked, epoch 102, 145 keys
c: replica of a, linked, epoch 102, 145 keys
A: ready, uses a, epoch 102
