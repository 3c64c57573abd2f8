# A master crashes while much of its stream lies unread in the socket of a replica, and the way
# between the two is cut. What has arrived is read before the seal; what the cut keeps back nobody
# waits for, and its seal throws nothing away.
world nodes=3 clients=2 writes=2ms torn=1
start
await 1s settled
advance 1s
applies b 700us
stop b
advance 200ms
mark
continue b
advance 10ms
cut a > b
kill a
await 4s settled
expect lost 0
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
  1732 (B) warning: MASTER is down! (a)
  1732 (B) info: orientating (connection lost, 2/3 nodes up) ...
  1732 (B) tells: a: connection lost
  1732 (A) warning: MASTER is down! (a)
  1732 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1732 (A) tells: a: connection lost
  1732 (B) info: a is down (refused)
  1732 (A) info: a is down (refused)
  1733 (A) warning: others still hear the master: waiting
  1739 (B) warning: others still hear the master: waiting
  4800 (A) warning: invalid master count: 0
  4800 (A) info: attempting failover!
  4800 (A) info: my failover id: <id 3>
  4800 (B) warning: invalid master count: 0
  4800 (B) info: attempting failover!
  4800 (B) info: my failover id: <id 4>
  4800 (B) info: failover already in progress: <id 3>
  4800 (B) info: giving up: another client has the lock
  4800 (A) info: lock was a success!
  4802 (A) info: b had highest opcounter (1238) of 2 nodes. congrats!
  4803 (A) debug: still using c as subSlave
  4803 (A) info: ready, using b as master
  4803 (A) info: publishing gossip:master for b
  4803 (A) info: making c into a slave...
  4803 (B) info: gossip said b was promoted!
  4803 (B) debug: still using c as subSlave
  4803 (B) info: ready, using b as master
  4803 (A) info: c is slave

# Here nothing has arrived, and TCP is about to send it once more when the seal comes.
world nodes=3 clients=2 writes=2ms torn=1 jitter=200us retransmit=50ms
start
await 1s settled
applies b 700us
when c after seal: cut c > b
cut a > b
advance 20ms
kill a
advance 1500ms
expect A master c
heal
await 5s settled
----
     0 (B) info: c is up
     0 (B) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (B) info: b is up
     0 (A) info: a is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (B) warning: invalid master count: 0
   500 (B) info: attempting failover!
   500 (B) info: my failover id: <id 6>
   500 (A) info: failover already in progress: <id 6>
   500 (A) info: giving up: another client has the lock
   500 (B) info: lock was a success!
   501 (B) info: a had highest opcounter (0) of 3 nodes. congrats!
   502 (B) debug: defaulting to master as subSlave
   502 (B) info: ready, using a as master
   502 (B) info: publishing gossip:master for a
   502 (B) info: making b into a slave...
   502 (B) info: making c into a slave...
   502 (A) info: gossip said a was promoted!
   503 (B) info: b is slave
   503 (B) info: c is slave
   503 (A) debug: defaulting to master as subSlave
   503 (A) info: ready, using a as master
   543 (B) warning: MASTER is down! (a)
   543 (B) info: orientating (connection lost, 2/3 nodes up) ...
   543 (B) tells: a: connection lost
   543 (A) warning: MASTER is down! (a)
   543 (A) info: orientating (connection lost, 2/3 nodes up) ...
   543 (A) tells: a: connection lost
   543 (A) info: a is down (refused)
   543 (A) info: subSlave went down, renegotiated to c
   544 (B) info: a is down (refused)
   544 (B) info: subSlave went down, renegotiated to c
  1543 (A) warning: invalid master count: 0
  1543 (A) info: attempting failover!
  1543 (A) info: my failover id: <id 7>
  1543 (A) info: lock was a success!
  1545 now: cut c > b
  1546 (A) info: c had highest opcounter (41) of 2 nodes. congrats!
  1546 (A) debug: defaulting to master as subSlave
  1546 (A) info: ready, using c as master
  1546 (A) info: publishing gossip:master for c
  1546 (A) info: making b into a slave...
  1547 (B) info: gossip said c was promoted!
  1547 (B) warning: too few nodes of this group answer and are loaded
  1547 (B) debug: defaulting to master as subSlave
  1547 (B) info: ready, using c as master
  1547 (A) info: b is slave
a: down
b: replica of c, linked, epoch 1, 19 keys
c: master, epoch 2, 561 keys
A: ready, uses c, epoch 2
B: ready, uses c, epoch 2
