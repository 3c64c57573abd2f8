# The master's backlog expires, and a replica is there again before any client looks: it has a new
# backlog, under a new id. All the same that is another history, and needs a new epoch: of two histories
# under one epoch the older one would win after a FLUSHALL, for its counter is higher.
world nodes=3 clients=1 latency=30us
peace
settle 40s
reset b a
reset c a
advance 39us
cut a b
no_backlog a
advance 100ms
mark
flushall a
kill a
await 2s A master c
heal
await 5s settled
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   500 (A) debug: defaulting to master as subSlave
   500 (A) info: ready, using a as master
   500 (A) info: publishing gossip:master for a
   500 (A) info: making b into a slave...
   500 (A) info: making c into a slave...
   500 (A) info: b is slave
   500 (A) info: c is slave
   578 (A) info: renegotating subSlave away from master
   578 (A) info: subSlave is now c
  1581 (A) info: electing a again: its history has another id
  1581 (A) info: switching master...
  1581 (A) tells: a is no longer master
  1581 (A) warning: invalid master count: 0
  1581 (A) info: attempting failover!
  1581 (A) info: my failover id: <id 2>
  1581 (A) info: lock was a success!
  1583 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
  1583 (A) debug: still using c as subSlave
  1583 (A) info: ready, using a as master
  1583 (A) info: publishing gossip:master for a
  1583 (A) info: making b into a slave...
  1583 (A) info: making c into a slave...
  1583 (A) info: b is slave
  1583 (A) info: c is slave
  1640 (A) warning: MASTER is down! (a)
  1640 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1640 (A) tells: a: connection lost
  1640 (A) info: a is down (refused)
  1640 (A) warning: invalid master count: 0
  1640 (A) info: attempting failover!
  1640 (A) info: my failover id: <id 3>
  1640 (A) info: lock was a success!
  1640 (A) info: c had highest opcounter (0) of 2 nodes. congrats!
  1640 (A) debug: defaulting to master as subSlave
  1640 (A) info: ready, using c as master
  1640 (A) info: publishing gossip:master for c
  1640 (A) info: making b into a slave...
  1640 (A) info: b is slave
a: down
b: replica of c, linked, epoch 3, 0 keys
c: master, epoch 3, 0 keys
A: ready, uses c, epoch 3
