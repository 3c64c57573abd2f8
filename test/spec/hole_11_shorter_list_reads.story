# Somebody looks in with a list that leaves the master out. It elects nobody: the nodes record another list, and are
# fed by a master that it does not know.
world nodes=3 clients=2 writes=5ms
list B 2
writes_off B
start
kill B
await 2s A writes
switchover A c
await 2s A master c
await 2s settled
advance 500ms
mark
start B
advance 5s
expect promotions 0
expect B silent
expect A writes
expect A master c
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
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: b is slave
   501 (A) info: c is slave
   526 (A) info: renegotating subSlave away from master
   526 (A) info: subSlave is now b
   526 (A) info: planned switchover from a to c
   526 (A) info: my failover id: <id 2>
   526 (A) info: lock was a success!
   527 (A) info: c has all of a. congrats!
   528 (A) debug: still using b as subSlave
   528 (A) info: ready, using c as master
   528 (A) info: publishing gossip:master for c
   528 (A) done, ok: c is master
   528 (A) info: making a into a slave...
   528 (A) info: making b into a slave...
   528 (A) info: a is slave
   528 (A) info: b is slave
  1029 (B) info: a is up
  1029 (B) info: b is up
  1029 (B) tells: the group lists other nodes than this client: it will not take part in elections
  1029 (B) warning: the group lists other nodes than I do: waiting for others to elect
a: replica of c, linked, epoch 2, 1120 keys
b: replica of c, linked, epoch 2, 1120 keys
c: master, epoch 2, 1120 keys
A: ready, uses c, epoch 2
B: no master
