# The owner of the locks is dead, and the clock of a node was set back by an hour: the lock there
# would live for an hour. The same value for twice its time, on the observer's own clock, is removed.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
lock b 7 5s
lock c 7 5s
clock b -1h
clock c -1h
kill a
advance 1s
expect promotions 1
await 60s A writes
expect promotions 2
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
  1022 (A) warning: MASTER is down! (a)
  1022 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (A) tells: a: connection lost
  1022 (A) info: a is down (refused)
  1022 (A) info: failover already in progress: stranger
  5117 (A) warning: invalid master count: 0
  5117 (A) info: attempting failover!
  5117 (A) info: my failover id: <id 2>
  5117 (A) info: lock was a success!
  5118 (A) info: b had highest opcounter (106) of 2 nodes. congrats!
  5118 (A) debug: still using c as subSlave
  5118 (A) info: ready, using b as master
  5118 (A) info: publishing gossip:master for b
  5118 (A) info: making c into a slave...
  5119 (A) info: c is slave
a: down
b: master, epoch 2, 107 keys
c: replica of b, linked, epoch 2, 107 keys
A: ready, uses b, epoch 2
