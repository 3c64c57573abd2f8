# 100 is more than 99. c stopped early with an opcounter of two digits, b has three: b it is, though
# as strings "99" is the higher one.
world nodes=3 clients=1 writes=5ms seed=3
start
await 1s settled
cut c a,b
advance 400ms
expect A writes
writes_off A
advance 500ms
kill a
heal
await 2s master b
expect lost 0
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
  1422 (A) warning: MASTER is down! (a)
  1422 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1422 (A) tells: a: connection lost
  1422 (A) info: gossip said a was promoted!
  1422 (A) info: a is down (refused)
  1422 (A) warning: invalid master count: 0
  1422 (A) info: attempting failover!
  1422 (A) info: my failover id: <id 2>
  1422 (A) info: lock was a success!
  1423 (A) info: b had highest opcounter (85) of 2 nodes. congrats!
  1423 (A) info: ready, using b as master
  1423 (A) info: publishing gossip:master for b
  1423 (A) info: making c into a slave...
a: down
b: master, epoch 2, locked, 85 keys
c: replica of b, asking, epoch 1, locked, 85 keys
A: ready, uses b, epoch 2
