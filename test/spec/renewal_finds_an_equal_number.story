# Two masters of one number: of two takeovers that began at the same moment in a group of lowered quorum, each has
# promoted. Who uses the one of the lower nonce sees a promise of the other and elects its own again: it must find
# the other, not replace it.
world nodes=5 clients=4 seed=1158 down_after=300ms latency=46us jitter=167us retransmit=137351us repl_ping=1s load=19771us writes=37399us flush=3 subscribers quorum=2
start a empty
start b empty
start c empty
start d empty
start e empty
start A
start C
advance 378us
start D
advance 5185us
stop d
advance 1s
peace
settle 40s
advance 97ms
cut a > d
advance 53500us
when a before look: cut a > B,C,D
kill a
advance 7300us
heal
cut a,c,d,B,D b,e,A,C
advance 1s
switchover D b
peace
settle 40s
expect A writes
----
     0 (C) info: d is up
     0 (A) info: a is up
     0 (C) info: e is up
     0 (A) info: d is up
     0 (A) info: e is up
     0 (C) info: b is up
     0 (C) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (C) info: c is up
     0 (D) info: a is up
     0 (C) warning: looking for master: no group yet, a node is still loading its data
     0 (D) info: d is up
     0 (D) info: e is up
     0 (A) warning: looking for master: no group yet, a node is still loading its data
     0 (D) info: c is up
     0 (D) info: b is up
     1 (D) warning: looking for master: no group yet, a node is still loading its data
   303 (C) info: d is down (silent)
   303 (C) warning: looking for master: no group yet, waiting for every node to answer
   303 (A) info: d is down (silent)
   303 (A) warning: looking for master: no group yet, waiting for every node to answer
   303 (D) info: d is down (silent)
   303 (D) warning: looking for master: no group yet, waiting for every node to answer
  1005 (D) info: d is up
  1005 (A) info: d is up
  1005 (B) info: e is up
  1005 (C) info: d is up
  1005 (B) info: d is up
  1005 (B) info: a is up
  1005 (B) info: b is up
  1005 (B) info: c is up
  1005 (A) warning: invalid master count: 0
  1005 (A) info: attempting failover!
  1005 (A) info: my failover id: <id 1>
  1005 (D) warning: invalid master count: 0
  1005 (D) info: attempting failover!
  1005 (D) info: my failover id: <id 2>
  1006 (C) warning: invalid master count: 0
  1006 (C) info: attempting failover!
  1006 (C) info: my failover id: <id 3>
  1006 (B) warning: invalid master count: 0
  1006 (B) info: attempting failover!
  1006 (B) info: my failover id: <id 4>
  1006 (D) info: failover already in progress: <id 1>
  1006 (D) info: giving up: another client has the lock
  1006 (C) info: failover already in progress: <id 1>
  1006 (C) info: giving up: another client has the lock
  1006 (A) info: lock was a success!
  1006 (B) info: failover already in progress: <id 1>
  1006 (B) info: giving up: another client has the lock
  1007 (A) info: a had highest opcounter (0) of 5 nodes. congrats!
  1007 (A) debug: defaulting to master as subSlave
  1007 (A) info: ready, using a as master
  1007 (A) info: publishing gossip:master for a
  1007 (A) info: making b into a slave...
  1007 (A) info: making c into a slave...
  1007 (A) info: making d into a slave...
  1007 (A) info: making e into a slave...
  1007 (D) info: gossip said a was promoted!
  1007 (B) info: gossip said a was promoted!
  1007 (C) info: gossip said a was promoted!
  1007 (B) debug: defaulting to master as subSlave
  1007 (B) info: ready, using a as master
  1007 (A) info: b is slave
  1007 (D) debug: defaulting to master as subSlave
  1007 (D) info: ready, using a as master
  1007 (A) info: c is slave
  1007 (C) debug: defaulting to master as subSlave
  1007 (C) info: ready, using a as master
  1008 (A) info: e is slave
  1008 (A) info: d is slave
  1029 (B) info: renegotating subSlave away from master
  1029 (B) info: subSlave is now d
  1029 (D) info: renegotating subSlave away from master
  1029 (D) info: subSlave is now e
  1029 (C) info: renegotating subSlave away from master
  1029 (C) info: subSlave is now e
  1050 (A) info: renegotating subSlave away from master
  1050 (A) info: subSlave is now d
  1716 (C) warning: MASTER is down! (a)
  1716 (C) info: orientating (connection lost, 4/5 nodes up) ...
  1716 (C) tells: a: connection lost
  1716 (A) warning: MASTER is down! (a)
  1716 (A) info: orientating (connection lost, 4/5 nodes up) ...
  1716 (A) tells: a: connection lost
  1716 (D) warning: MASTER is down! (a)
  1716 (D) info: orientating (connection lost, 4/5 nodes up) ...
  1716 (D) tells: a: connection lost
  1716 (B) warning: MASTER is down! (a)
  1716 (B) info: orientating (connection lost, 4/5 nodes up) ...
  1716 (B) tells: a: connection lost
  1716 now: cut a > B,C,D
  1716 (A) info: a is down (refused)
  1791 (B) info: a is down (refused)
  1817 (B) warning: invalid master count: 0
  1817 (B) info: attempting failover!
  1817 (B) info: my failover id: <id 5>
  1842 (D) info: a is down (refused)
  1842 (D) warning: invalid master count: 0
  1842 (D) info: attempting failover!
  1842 (D) info: my failover id: <id 6>
  2001 (D) info: b is down (silent)
  2016 (A) warning: invalid master count: 0
  2016 (A) info: attempting failover!
  2016 (A) info: my failover id: <id 7>
  2016 (C) warning: invalid master count: 0
  2016 (C) info: attempting failover!
  2016 (C) info: my failover id: <id 8>
  2016 (A) info: failover already in progress: <id 8>
  2016 (A) info: giving up: another client has the lock
  2017 (B) info: giving up: a step was not answered in time
  2019 (A) info: c is down (silent)
  2022 (C) info: d is down (silent)
  2022 (C) info: c is down (silent)
  2022 (C) info: lock was a success!
  2022 (C) info: b had highest opcounter (124) of 2 nodes. congrats!
  2023 (B) info: e is down (silent)
  2023 (B) info: b is down (silent)
  2023 (D) info: e is down (silent)
  2023 (D) info: giving up: the lock was not given
  2023 (D) info: subSlave went down, renegotiated to c
  2023 (A) info: d is down (silent)
  2023 (A) info: subSlave went down, renegotiated to e
  2023 (C) debug: still using e as subSlave
  2023 (C) info: ready, using b as master
  2023 (C) info: publishing gossip:master for b
  2023 (C) info: making e into a slave...
  2023 (A) info: gossip said b was promoted!
  2023 (C) info: e is slave
  2023 (A) debug: still using e as subSlave
  2023 (A) info: ready, using b as master
  2040 (B) warning: invalid master count: 0
  2040 (B) info: attempting failover!
  2040 (B) info: my failover id: <id 9>
  2040 (B) info: lock was a success!
  2041 (D) warning: invalid master count: 0
  2041 (D) info: attempting failover!
  2041 (D) info: my failover id: <id 10>
  2041 (B) info: c had highest opcounter (124) of 2 nodes. congrats!
  2041 (D) info: failover already in progress: <id 9>
  2041 (D) info: giving up: another client has the lock
  2041 (B) debug: still using d as subSlave
  2041 (B) info: ready, using c as master
  2041 (B) info: publishing gossip:master for c
  2041 (B) info: making d into a slave...
  2041 (D) info: gossip said c was promoted!
  2041 (D) debug: defaulting to master as subSlave
  2041 (D) info: ready, using c as master
  2042 (B) info: d is slave
  2046 (D) info: renegotating subSlave away from master
  2046 (D) info: subSlave is now d
  2716 (C) info: a is down (silent)
  2724 (C) info: a is up
  2743 (B) info: b is up
  2743 (B) debug: still using d as subSlave
  2743 (B) info: ready, using b as master
  2743 (B) warning: c has 66 writes that nobody else has
  2743 (B) tells: c has 66 writes that nobody else has: they are dropped
  2743 (B) warning: master conflict detected
  2743 (B) info: making c into a slave...
  2744 (B) info: c is slave
  2744 (B) info: making d into a slave...
  2744 (D) warning: MASTER is down! (c)
  2744 (D) done, refused: the master went away
  2744 (D) info: orientating (connection lost, 1/5 nodes up) ...
  2744 (D) tells: c: connection lost
  2745 (B) info: d is slave
  2750 (D) warning: too few nodes with a known history are there
  2755 (A) info: a is up
  2755 (A) info: making a into a slave...
  2756 (A) info: a is slave
  2769 (D) info: gossip said b was promoted!
  2776 (A) info: c is up
  2784 (C) info: d is up
  2788 (D) info: b is up
  2788 (D) debug: still using d as subSlave
  2788 (D) info: ready, using b as master
  2805 (D) info: e is up
  2813 (A) info: d is up
  2814 (C) info: c is up
  2832 (B) info: a is up
  2846 (B) info: e is up
  2865 (D) info: a is up
a: replica of b, linked, epoch 2, 464 keys
b: master, epoch 2, 464 keys
c: replica of b, linked, epoch 2, 464 keys
d: replica of b, linked, epoch 2, 464 keys
e: replica of b, linked, epoch 2, 464 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
C: ready, uses b, epoch 2
D: ready, uses b, epoch 2
