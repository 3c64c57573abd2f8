# A person makes a replica a master and empties it while another replica has just restarted: of its
# history nobody can say how new it is. The living master used to be given up for it, in an election
# of all, and with that all that a quorum had acknowledged. No quorum has that history: it follows.
world nodes=3 clients=2 writes=20ms durable
start
await 2s settled
advance 1s
restart b
replicaof c no_one
flushall c
mark
await 3s settled
expect a master
expect promotions 0
expect durable_lost 0
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
  1522 (B) warning: master conflict detected
  1522 (B) info: making c into a slave...
  1522 (A) warning: master conflict detected
  1522 (A) info: making c into a slave...
  1522 (A) debug: giving up: another client has the lock
  1523 (B) info: c is slave
  1622 (B) info: making b into a slave...
  1622 (A) info: making b into a slave...
  1622 (A) debug: giving up: another client has the lock
  1622 (B) info: b is slave

# The other replica comes back later: until then the emptied one waits, for too few are there to vouch.
world nodes=3 clients=2 writes=20ms durable
start
await 2s settled
advance 1s
stop b
advance 2s
replicaof c no_one
flushall c
mark
advance 2s
continue b
restart b
await 3s settled
expect a master
expect promotions 0
expect durable_lost 0
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
  2403 (A) info: b is down (silent)
  2489 (B) info: b is down (silent)
  3824 (A) warning: c has forgotten its promises: waiting for others to vouch
  3824 (A) tells: c restarted, or somebody flushed it, while too few nodes answer to know that no newer master exists: it waits for one of them, or for haredis takeover
  4068 (B) info: defaulting to master as subSlave
  4068 (A) info: defaulting to master as subSlave
  4500 (B) warning: c has forgotten its promises: waiting for others to vouch
  4500 (B) tells: c restarted, or somebody flushed it, while too few nodes answer to know that no newer master exists: it waits for one of them, or for haredis takeover
  5522 (A) info: b is up
  5524 (A) warning: master conflict detected
  5524 (A) info: making c into a slave...
  5524 (A) info: c is slave
  5537 (B) info: b is up
  5600 (B) info: renegotating subSlave away from master
  5600 (B) info: subSlave is now c
  5622 (A) info: making b into a slave...
  5622 (A) info: b is slave
  5622 (A) info: renegotating subSlave away from master
  5622 (A) info: subSlave is now b
  5637 (B) info: making b into a slave...
  5637 (B) info: b is slave
a: master, epoch 1, 495 keys
b: replica of a, linked, epoch 1, 495 keys
c: replica of a, linked, epoch 1, 495 keys
A: ready, uses a, epoch 1
B: ready, uses a, epoch 1
