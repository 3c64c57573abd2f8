# A packet that changes e under epoch 2 is held up behind its guard until e, a replica of a, has heard in a's
# stream that a was elected under epoch 3. e watches: haredis:node is written beside every record.
world nodes=5 clients=1 latency=205us jitter=150us
start a empty
start b empty
start c empty
start d empty
start e empty
start A
advance 100ms
switchover A c
advance 4700us
cut e A
advance 50ms
kill c
advance 50ms
peace
settle 40s
----
     0 (A) info: e is up
     0 (A) info: a is up
     0 (A) info: d is up
     0 (A) info: b is up
     0 (A) info: c is up
     1 (A) warning: invalid master count: 0
     1 (A) info: attempting failover!
     1 (A) info: my failover id: <id 1>
     2 (A) info: lock was a success!
     3 (A) info: a had highest opcounter (0) of 5 nodes. congrats!
     4 (A) debug: defaulting to master as subSlave
     4 (A) info: ready, using a as master
     4 (A) info: publishing gossip:master for a
     4 (A) info: making b into a slave...
     4 (A) info: making c into a slave...
     4 (A) info: making d into a slave...
     4 (A) info: making e into a slave...
     5 (A) info: e is slave
     5 (A) info: b is slave
     5 (A) info: c is slave
     5 (A) info: d is slave
    83 (A) info: renegotating subSlave away from master
    83 (A) info: subSlave is now e
   100 (A) info: planned switchover from a to c
   100 (A) info: my failover id: <id 2>
   101 (A) info: lock was a success!
   125 (A) info: c has all of a. congrats!
   126 (A) debug: still using e as subSlave
   126 (A) info: ready, using c as master
   126 (A) info: publishing gossip:master for c
   126 (A) done, ok: c is master
   126 (A) info: making a into a slave...
   126 (A) info: making b into a slave...
   126 (A) info: making d into a slave...
   127 (A) info: b is slave
   127 (A) info: d is slave
   127 (A) info: a is slave
   155 (A) warning: MASTER is down! (c)
   155 (A) info: orientating (connection lost, 4/5 nodes up) ...
   155 (A) tells: c: connection lost
   155 (A) info: c is down (refused)
   175 (A) warning: invalid master count: 0
   175 (A) info: attempting failover!
   175 (A) info: my failover id: <id 3>
   176 (A) info: lock was a success!
   177 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   178 (A) debug: still using e as subSlave
   178 (A) info: ready, using a as master
   178 (A) info: publishing gossip:master for a
   178 (A) info: making b into a slave...
   178 (A) info: making d into a slave...
   179 (A) info: d is slave
   179 (A) info: b is slave
   280 (A) info: c is up
   281 (A) info: making c into a slave...
   282 (A) info: c is slave
a: master, epoch 3, 0 keys
b: replica of a, linked, epoch 3, 0 keys
c: replica of a, linked, epoch 3, 0 keys
d: replica of a, linked, epoch 3, 0 keys
e: replica of a, linked, epoch 3, 0 keys
A: ready, uses a, epoch 3
