# d has not heard of two reigns. The record of the newest master is flushed away in the moment in which
# it is locked, and it hangs before it is sealed: none of its replicas can say of which epoch it is. The
# client knows: their history is that of the master that it used.
world nodes=6 clients=2 latency=306us jitter=435us
peace
settle 40s
cut b > d
cut f > d
switchover A f
advance 1s
switchover A b
advance 1s
when b before lock: flushall b
switchover B e
advance 504ms
stop b
await 4s A master a
continue b
heal
await 5s settled
----
     0 (B) info: e is up
     0 (B) info: c is up
     0 (B) info: d is up
     0 (B) info: a is up
     0 (A) info: e is up
     0 (A) info: a is up
     1 (A) info: b is up
     1 (A) info: d is up
     1 (A) info: f is up
     1 (B) info: f is up
     1 (B) info: b is up
     1 (A) info: c is up
   401 (B) warning: invalid master count: 0
   401 (B) info: attempting failover!
   401 (B) info: my failover id: <id 1>
   401 (A) warning: invalid master count: 0
   401 (A) info: attempting failover!
   401 (A) info: my failover id: <id 2>
   402 (A) info: failover already in progress: <id 1>
   402 (A) info: giving up: another client has the lock
   403 (B) info: lock was a success!
   406 (B) info: a had highest opcounter (0) of 6 nodes. congrats!
   408 (B) debug: defaulting to master as subSlave
   408 (B) info: ready, using a as master
   408 (B) info: publishing gossip:master for a
   408 (B) info: making b into a slave...
   408 (B) info: making c into a slave...
   408 (B) info: making d into a slave...
   408 (B) info: making e into a slave...
   408 (B) info: making f into a slave...
   408 (A) info: gossip said a was promoted!
   409 (A) debug: defaulting to master as subSlave
   409 (A) info: ready, using a as master
   410 (B) info: f is slave
   410 (B) info: c is slave
   410 (B) info: b is slave
   410 (B) info: e is slave
   410 (B) info: d is slave
   496 (B) info: renegotating subSlave away from master
   496 (B) info: subSlave is now d
   496 (A) info: renegotating subSlave away from master
   496 (A) info: subSlave is now d
  1441 (A) info: planned switchover from a to f
  1441 (A) info: my failover id: <id 3>
  1443 (A) info: lock was a success!
  1449 (A) info: f has all of a. congrats!
  1451 (A) debug: still using d as subSlave
  1451 (A) info: ready, using f as master
  1451 (A) info: publishing gossip:master for f
  1451 (A) done, ok: f is master
  1451 (A) info: making a into a slave...
  1451 (A) info: making b into a slave...
  1451 (A) info: making c into a slave...
  1451 (A) info: making d into a slave...
  1451 (A) info: making e into a slave...
  1452 (B) info: gossip said f was promoted!
  1452 (B) info: switching master...
  1452 (B) tells: a is no longer master
  1453 (B) debug: still using d as subSlave
  1453 (B) info: ready, using f as master
  1453 (A) info: d is slave
  1453 (A) info: e is slave
  1453 (A) info: a is slave
  1453 (A) info: c is slave
  1454 (A) info: b is slave
  2039 (A) info: subSlave d hears nothing
  2039 (A) info: subSlave is now e
  2040 (B) info: subSlave d hears nothing
  2040 (B) info: subSlave is now b
  2940 (A) info: planned switchover from f to b
  2940 (A) info: my failover id: <id 4>
  2942 (A) info: lock was a success!
  2949 (A) info: b has all of f. congrats!
  2951 (A) debug: still using e as subSlave
  2951 (A) info: ready, using b as master
  2951 (A) info: publishing gossip:master for b
  2951 (A) done, ok: b is master
  2951 (A) info: making a into a slave...
  2951 (A) info: making c into a slave...
  2951 (A) info: making d into a slave...
  2951 (A) info: making e into a slave...
  2951 (A) info: making f into a slave...
  2952 (B) info: gossip said b was promoted!
  2952 (B) info: switching master...
  2952 (B) tells: f is no longer master
  2953 (A) info: f is slave
  2953 (A) info: a is slave
  2953 (B) debug: defaulting to master as subSlave
  2953 (B) info: ready, using b as master
  2953 (A) info: d is slave
  2953 (A) info: c is slave
  2953 (A) info: e is slave
  2958 (B) info: renegotating subSlave away from master
  2958 (B) info: subSlave is now a
  3940 (B) info: planned switchover from b to e
  3940 (B) info: my failover id: <id 5>
  3940 now: flushall b
  3942 (B) info: lock was a success!
  4444 (B) info: giving up: a step was not answered in time
  4444 (B) done, refused: a step was not answered in time
  4444 (B) info: completing the record of b
  4905 (A) warning: MASTER is down! (b)
  4905 (A) info: orientating (silent, 5/6 nodes up) ...
  4905 (A) tells: b: silent
  4906 (A) warning: invalid master count: 0
  4906 (A) info: attempting failover!
  4906 (A) info: my failover id: <id 6>
  4908 (A) info: lock was a success!
  4913 (A) info: a had highest opcounter (0) of 5 nodes. congrats!
  4915 (A) debug: still using e as subSlave
  4915 (A) info: ready, using a as master
  4915 (A) info: publishing gossip:master for a
  4915 (A) info: making c into a slave...
  4915 (A) info: making d into a slave...
  4915 (A) info: making e into a slave...
  4915 (A) info: making f into a slave...
  4916 (A) info: b is up
  4916 (B) info: gossip said a was promoted!
  4916 (B) debug: giving up: somebody else has promoted a master
  4916 (B) info: switching master...
  4916 (B) tells: b is no longer master
  4917 (B) debug: defaulting to master as subSlave
  4917 (B) info: ready, using a as master
  4918 (A) info: f is slave
  4918 (A) info: d is slave
  4918 (A) info: c is slave
  4918 (A) info: e is slave
  4922 (B) info: renegotating subSlave away from master
  4922 (B) info: subSlave is now f
  4997 (B) warning: master conflict detected
  4997 (B) info: making b into a slave...
  5000 (B) info: b is slave

# A reign that this client slept through was flushed away, and the client knows the former master's
# process: the history that came out of its own is the newer one all the same. A third node with the
# old record, and more writes counted in it, used to be elected, and what had been flushed came back.
world nodes=3 clients=2 writes=20ms durable
start
await 2s settled
advance 1s
kill c
sleep B
switchover A b
await 3s A master b
advance 1s
flushall b
kill A
wake B
advance 4s
mark
start c
await 3s B writes
await 3s settled
expect a master
expect promotions 1
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 7>
   500 (B) warning: invalid master count: 0
   500 (B) info: attempting failover!
   500 (B) info: my failover id: <id 8>
   500 (B) info: failover already in progress: <id 7>
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
  1522 (A) info: planned switchover from a to b
  1522 (A) info: my failover id: <id 9>
  1522 (A) info: c is down (refused)
  1522 (A) info: subSlave went down, renegotiated to b
  1522 (A) info: lock was a success!
  1523 (A) info: b has all of a. congrats!
  1524 (A) debug: defaulting to master as subSlave
  1524 (A) info: ready, using b as master
  1524 (A) info: publishing gossip:master for b
  1524 (A) done, ok: b is master
  1524 (A) info: making a into a slave...
  1524 (A) info: a is slave
  1600 (A) info: renegotating subSlave away from master
  1600 (A) info: subSlave is now a
  2524 (B) debug: this client slept 924 ms: looking again
  2524 (B) info: gossip said b was promoted!
  2524 (B) info: switching master...
  2524 (B) tells: a is no longer master
  2524 (B) info: c is down (refused)
  2524 (B) info: subSlave went down, renegotiated to a
  2530 (B) warning: others still hear the master: waiting
  3524 (B) warning: too few nodes with a known history are there
  6524 (B) tells: no master: too few nodes with a known history are there; haredis status shows the nodes, haredis takeover picks one
  6643 (B) info: c is up
  6643 (B) warning: invalid master count: 0
  6643 (B) info: attempting failover!
  6643 (B) info: my failover id: <id 10>
  6643 (B) info: lock was a success!
  6645 (B) info: a had highest opcounter (0) of 3 nodes. congrats!
  6646 (B) debug: defaulting to master as subSlave
  6646 (B) info: ready, using a as master
  6646 (B) info: publishing gossip:master for a
  6646 (B) info: making b into a slave...
  6646 (B) info: making c into a slave...
  6646 (B) info: a majority is there again: writing
  6646 (B) info: b is slave
  6646 (B) info: c is slave

# The master of such a history restarted and has forgotten what it came out of; its replica, which has as
# much, has not (invariant 8, seed 302228).
world nodes=3 clients=3 durable retransmit=171580us load=44156us writes=47392us
start a empty
start b empty
start c empty
start B
start C
advance 100ms
restart a empty within_promise
advance 200ms
sleep B
cut c b,C
advance 1s
switchover C
advance 10ms
flushall a within_promise
kill a
advance 10ms
mark
peace
settle 40s
expect A master a
----
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
     0 (C) info: a is up
     0 (C) info: b is up
     0 (C) info: c is up
     0 (B) warning: looking for master: no group yet, a node is still loading its data
     0 (C) warning: looking for master: no group yet, a node is still loading its data
    63 (B) warning: invalid master count: 0
    63 (B) info: attempting failover!
    63 (B) info: my failover id: <id 11>
    63 (C) warning: invalid master count: 0
    63 (C) info: attempting failover!
    63 (C) info: my failover id: <id 12>
    63 (C) info: failover already in progress: <id 11>
    63 (C) info: giving up: another client has the lock
    63 (B) info: lock was a success!
    64 (B) info: a had highest opcounter (0) of 3 nodes. congrats!
    64 (B) debug: defaulting to master as subSlave
    64 (B) info: ready, using a as master
    64 (B) info: publishing gossip:master for a
    64 (B) info: making b into a slave...
    64 (B) info: making c into a slave...
    64 (C) info: gossip said a was promoted!
    64 (C) debug: defaulting to master as subSlave
    64 (C) info: ready, using a as master
    64 (B) info: b is slave
    64 (B) info: c is slave
   100 (C) warning: MASTER is down! (a)
   100 (C) info: orientating (connection lost, 2/3 nodes up) ...
   100 (C) tells: a: connection lost
   100 (B) warning: MASTER is down! (a)
   100 (B) info: orientating (connection lost, 2/3 nodes up) ...
   100 (B) tells: a: connection lost
   100 (C) warning: invalid master count: 0
   100 (C) info: attempting failover!
   100 (C) info: my failover id: <id 13>
   100 (B) warning: invalid master count: 0
   100 (B) info: attempting failover!
   100 (B) info: my failover id: <id 14>
   100 (B) info: failover already in progress: <id 13>
   100 (B) info: giving up: another client has the lock
   100 (C) info: lock was a success!
   101 (C) info: b had highest opcounter (0) of 2 nodes. congrats!
   101 (C) debug: still using a as subSlave
   101 (C) info: ready, using b as master
   101 (C) info: publishing gossip:master for b
   101 (C) info: making c into a slave...
   101 (B) info: gossip said b was promoted!
   102 (B) debug: still using a as subSlave
   102 (B) info: ready, using b as master
   102 (C) info: c is slave
   200 (C) info: making a into a slave...
   200 (B) info: making a into a slave...
   200 (B) debug: giving up: another client has the lock
   200 (C) info: a is slave
   250 (B) info: making a into a slave...
   250 (B) info: a is slave
  1289 (C) info: c is down (silent)
  1300 (C) info: planned switchover from b to a
  1300 (C) info: my failover id: <id 15>
  1300 (C) info: lock was a success!
  1301 (C) info: a has all of b. congrats!
  1302 (C) debug: defaulting to master as subSlave
  1302 (C) info: ready, using a as master
  1302 (C) info: publishing gossip:master for a
  1302 (C) done, ok: a is master
  1302 (C) info: making b into a slave...
  1302 (C) info: b is slave
  1310 (C) warning: MASTER is down! (a)
  1310 (C) info: orientating (connection lost, 1/3 nodes up) ...
  1310 (C) tells: a: connection lost
  1310 (C) info: a is down (refused)
  1310 (C) warning: refusing to orientate without a majority up!
  1310 (C) info: subSlave went down, renegotiated to b
  1320 (B) debug: this client slept 970 ms: looking again
  1320 (B) info: gossip said a was promoted!
  1320 (B) info: switching master...
  1320 (B) tells: b is no longer master
  1320 (A) info: a is up
  1320 (A) info: b is up
  1320 (A) info: c is up
  1320 (A) warning: too few nodes with a known history are there
  1320 (B) warning: too few nodes with a known history are there
  1334 (C) info: a is up
  1334 (C) warning: too few nodes of this group answer and are loaded
  1347 (A) info: gossip said b was promoted!
  1348 (A) warning: others still hear the master: waiting
  1351 (A) warning: too few nodes with a known history are there
  1372 (B) warning: invalid master count: 0
  1372 (B) info: attempting failover!
  1372 (B) info: my failover id: <id 16>
  1372 (B) info: lock was a success!
  1373 (B) info: a had highest opcounter (0) of 3 nodes. congrats!
  1373 (C) info: failover already in progress: <id 16>
  1373 (B) debug: defaulting to master as subSlave
  1373 (B) info: ready, using a as master
  1373 (B) info: publishing gossip:master for a
  1373 (B) info: making b into a slave...
  1373 (B) info: making c into a slave...
  1373 (C) info: gossip said a was promoted!
  1373 (A) info: gossip said a was promoted!
  1373 (C) debug: still using b as subSlave
  1373 (C) info: ready, using a as master
  1373 (A) debug: defaulting to master as subSlave
  1373 (A) info: ready, using a as master
  1373 (B) info: b is slave
  1373 (B) info: c is slave
  1420 (A) info: renegotating subSlave away from master
  1420 (A) info: subSlave is now b
  1420 (B) info: renegotating subSlave away from master
  1420 (B) info: subSlave is now b
  1421 (C) info: c is up
a: master, epoch 4, 60 keys
b: replica of a, linked, epoch 4, 60 keys
c: replica of a, linked, epoch 4, 60 keys
A: ready, uses a, epoch 4
B: ready, uses a, epoch 4
C: ready, uses a, epoch 4
