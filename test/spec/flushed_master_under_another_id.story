# The master's backlog expires, and somebody holds the locks when it is to be elected again. Meanwhile its record is
# flushed away. The others have the history that it had before, and count more: it is the process that was elected, nobody
# else has written under its epoch, and what was flushed does not come back.
world nodes=3 clients=1 latency=30us writes=5ms
start
await 1s settled
advance 500ms
writes_off A
advance 100ms
reset b a
reset c a
advance 39us
cut b,c a
no_backlog a
lock a 1 5s
lock b 1 5s
lock c 1 5s
await 5s A master none
mark
flushall a
await 10s A master a
heal
await 5s settled
expect A master a
expect a keys 0
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
  1360 (A) info: electing a again: its history has another id
  1360 (A) info: switching master...
  1360 (A) tells: a is no longer master
  1360 (A) info: failover already in progress: stranger
  1361 (A) info: failover already in progress: stranger
  5455 (A) warning: invalid master count: 0
  5455 (A) info: attempting failover!
  5455 (A) info: my failover id: <id 2>
  5455 (A) info: lock was a success!
  5455 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
  5455 (A) debug: still using c as subSlave
  5455 (A) info: ready, using a as master
  5455 (A) info: publishing gossip:master for a
  5455 (A) info: making b into a slave...
  5455 (A) info: making c into a slave...
  5455 (A) info: b is slave
  5455 (A) info: c is slave
a: master, epoch 2, 0 keys
b: replica of a, linked, epoch 2, 0 keys
c: replica of a, linked, epoch 2, 0 keys
A: ready, uses a, epoch 2
