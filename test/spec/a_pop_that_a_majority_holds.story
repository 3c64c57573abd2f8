# With quorum durability an element is handed over when a majority holds that it was taken: nobody gets it again,
# whoever is elected.
world nodes=3 clients=2 queue=8 durable
start
await 1s settled
advance 1s
push A
advance 50ms
pop A 1s
await 20ms A pop took
kill a
await 2s master b
pop B 200ms
await 250ms B pop nil
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
  1573 (B) warning: MASTER is down! (a)
  1573 (B) info: orientating (connection lost, 2/3 nodes up) ...
  1573 (B) tells: a: connection lost
  1573 (A) warning: MASTER is down! (a)
  1573 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1573 (A) tells: a: connection lost
  1573 (B) info: a is down (refused)
  1573 (A) info: a is down (refused)
  1573 (A) warning: invalid master count: 0
  1573 (A) info: attempting failover!
  1573 (A) info: my failover id: <id 3>
  1573 (A) info: lock was a success!
  1574 (A) info: b had highest opcounter (2) of 2 nodes. congrats!
  1574 (A) debug: still using c as subSlave
  1574 (A) info: ready, using b as master
  1574 (A) info: publishing gossip:master for b
  1574 (A) info: making c into a slave...
  1574 (B) info: gossip said b was promoted!
  1574 (B) debug: still using c as subSlave
  1574 (B) info: ready, using b as master
  1574 (A) info: c is slave

# A master that nobody follows any more takes for its caller what a majority has not: he is in doubt, and the element is
# there for the next one.
start a
peace
settle 10s
push A
advance 50ms
cut b a,c
pop B 5s
advance 10ms
expect B pop waits
kill b
await 20ms B pop maybe
await 2s master a
pop A 1s
await 20ms A pop took
expect durable_lost 0
----
  1834 (A) info: a is up
  1934 (A) info: making a into a slave...
  1934 (A) info: a is slave
  2044 (B) info: a is up
  2995 (B) warning: MASTER is down! (b)
  2995 (B) info: orientating (connection lost, 2/3 nodes up) ...
  2995 (B) tells: b: connection lost
  2995 (A) warning: MASTER is down! (b)
  2995 (A) info: orientating (connection lost, 2/3 nodes up) ...
  2995 (A) tells: b: connection lost
  2995 (B) info: b is down (refused)
  2995 (A) info: b is down (refused)
  3995 (A) warning: invalid master count: 0
  3995 (A) info: attempting failover!
  3995 (A) info: my failover id: <id 4>
  3995 (B) warning: invalid master count: 0
  3995 (B) info: attempting failover!
  3995 (B) info: my failover id: <id 5>
  3995 (B) info: failover already in progress: <id 4>
  3995 (B) info: giving up: another client has the lock
  3995 (A) info: lock was a success!
  3997 (A) info: a had highest opcounter (3) of 2 nodes. congrats!
  3998 (A) debug: still using c as subSlave
  3998 (A) info: ready, using a as master
  3998 (A) info: publishing gossip:master for a
  3998 (A) info: making c into a slave...
  3998 (B) info: gossip said a was promoted!
  3998 (B) debug: still using c as subSlave
  3998 (B) info: ready, using a as master
  3998 (A) info: c is slave
a: master, epoch 3, 2 keys
b: down
c: replica of a, linked, epoch 3, 2 keys
A: ready, uses a, epoch 3
B: ready, uses a, epoch 3
