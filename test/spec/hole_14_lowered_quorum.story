# Five nodes and a quorum of two: two may elect, so four must hold a durable write, for acknowledgement
# and election to meet.
world nodes=5 clients=1 writes=5ms durable quorum=2
start
await 2s settled
advance 500ms
expect A acks 3
cut b a
cut c a
advance 50ms
mark
advance 500ms
expect A silent
kill a
heal
await 5s A writes
expect durable_lost 0
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (A) info: d is up
     0 (A) info: e is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 5 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: making d into a slave...
   501 (A) info: making e into a slave...
   501 (A) info: b is slave
   501 (A) info: c is slave
   501 (A) info: d is slave
   501 (A) info: e is slave
   578 (A) info: renegotating subSlave away from master
   578 (A) info: subSlave is now e
  1572 (A) warning: MASTER is down! (a)
  1572 (A) info: orientating (connection lost, 4/5 nodes up) ...
  1572 (A) tells: a: connection lost
  1572 (A) info: gossip said a was promoted!
  1572 (A) info: a is down (refused)
  1572 (A) warning: invalid master count: 0
  1572 (A) info: attempting failover!
  1572 (A) info: my failover id: <id 2>
  1572 (A) info: lock was a success!
  1573 (A) info: b had highest opcounter (217) of 4 nodes. congrats!
  1573 (A) debug: still using e as subSlave
  1573 (A) info: ready, using b as master
  1573 (A) info: publishing gossip:master for b
  1573 (A) info: making c into a slave...
  1573 (A) info: making d into a slave...
  1573 (A) info: making e into a slave...
  1573 (A) info: c is slave
  1573 (A) info: d is slave
  1573 (A) info: e is slave
a: down
b: master, epoch 2, 218 keys
c: replica of b, linked, epoch 2, 218 keys
d: replica of b, linked, epoch 2, 218 keys
e: replica of b, linked, epoch 2, 218 keys
A: ready, uses b, epoch 2
