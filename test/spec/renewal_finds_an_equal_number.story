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
  1029 (C) info: renegotating subSlave away from master
  1029 (C) info: subSlave is now d
  1029 (D) info: renegotating subSlave away from master
  1029 (D) info: subSlave is now b
  1029 (B) info: renegotating subSlave away from master
  1029 (B) info: subSlave is now b
  1050 (A) info: renegotating subSlave away from master
  1050 (A) info: subSlave is now e
  1716 (C) warning: MASTER is down! (a)
  1716 (C) info: orientating (connection lost, 4/5 nodes up) ...
  1716 (C) tells: a: connection lost
  1716 (B) warning: MASTER is down! (a)
  1716 (B) info: orientating (connection lost, 4/5 nodes up) ...
  1716 (B) tells: a: connection lost
  1716 now: cut a > B,C,D
  1716 (A) warning: MASTER is down! (a)
  1716 (A) info: orientating (connection lost, 4/5 nodes up) ...
  1716 (A) tells: a: connection lost
  1716 (A) info: a is down (refused)
  1795 (B) info: a is down (refused)
  1807 (D) warning: MASTER is down! (a)
  1807 (D) info: orientating (connection lost, 4/5 nodes up) ...
  1807 (D) tells: a: connection lost
  1807 (D) info: a is down (refused)
  1843 (D) warning: invalid master count: 0
  1843 (D) info: attempting failover!
  1843 (D) info: my failover id: <id 5>
  1843 (D) info: lock was a success!
  1844 (D) info: c had highest opcounter (155) of 2 nodes. congrats!
  1844 (D) debug: still using b as subSlave
  1844 (D) info: ready, using c as master
  1844 (D) info: publishing gossip:master for c
  1844 (D) info: making d into a slave...
  1844 (B) info: gossip said c was promoted!
  1845 (B) debug: still using b as subSlave
  1845 (B) info: ready, using c as master
  1845 (D) info: d is slave
  2008 (C) warning: invalid master count: 0
  2008 (C) info: attempting failover!
  2008 (C) info: my failover id: <id 6>
  2010 (D) info: b is down (silent)
  2010 (D) info: e is down (silent)
  2010 (D) info: subSlave went down, renegotiated to d
  2016 (A) warning: invalid master count: 0
  2016 (A) info: attempting failover!
  2016 (A) info: my failover id: <id 7>
  2016 (A) info: failover already in progress: <id 6>
  2016 (A) info: giving up: another client has the lock
  2022 (B) info: b is down (silent)
  2022 (B) info: e is down (silent)
  2022 (B) info: subSlave went down, renegotiated to d
  2023 (C) info: c is down (silent)
  2023 (C) info: d is down (silent)
  2023 (C) info: lock was a success!
  2023 (C) info: subSlave went down, renegotiated to b
  2023 (A) info: c is down (silent)
  2023 (A) info: d is down (silent)
  2023 (C) info: b had highest opcounter (155) of 2 nodes. congrats!
  2023 (C) debug: defaulting to master as subSlave
  2023 (C) info: ready, using b as master
  2023 (C) info: publishing gossip:master for b
  2023 (C) info: making e into a slave...
  2024 (A) info: gossip said b was promoted!
  2024 (A) debug: still using e as subSlave
  2024 (A) info: ready, using b as master
  2024 (C) info: e is slave
  2040 (C) info: renegotating subSlave away from master
  2040 (C) info: subSlave is now e
  2716 (C) info: a is down (silent)
  2753 (C) info: c is up
  2754 (C) debug: still using e as subSlave
  2754 (C) info: ready, using c as master
  2754 (C) info: making e into a slave...
  2755 (B) info: a is up
  2755 (C) info: e is slave
  2755 (C) warning: b has 78 writes that nobody else has
  2755 (C) tells: b has 78 writes that nobody else has: they are dropped
  2755 (C) warning: master conflict detected
  2755 (C) info: making b into a slave...
  2755 (B) info: making a into a slave...
  2755 (C) info: b is slave
  2756 (A) warning: MASTER is down! (b)
  2756 (A) info: orientating (connection lost, 1/5 nodes up) ...
  2756 (A) tells: b: connection lost
  2756 (B) info: a is slave
  2756 (A) warning: too few nodes with a known history are there
  2764 (D) info: a is up
  2764 (A) info: a is up
  2775 (D) info: b is up
  2778 (D) info: e is up
  2779 (A) info: gossip said c was promoted!
  2779 (D) info: planned switchover from c to b
  2779 (D) info: my failover id: <id 8>
  2779 (D) info: lock was a success!
  2781 (D) info: b has all of c. congrats!
  2782 (D) debug: still using d as subSlave
  2782 (D) info: ready, using b as master
  2782 (D) info: publishing gossip:master for b
  2782 (D) done, ok: b is master
  2782 (D) info: making a into a slave...
  2782 (D) info: making c into a slave...
  2782 (D) info: making d into a slave...
  2782 (D) info: making e into a slave...
  2782 (A) info: gossip said b was promoted!
  2782 (C) info: gossip said b was promoted!
  2782 (C) info: switching master...
  2782 (C) tells: c is no longer master
  2782 (B) info: gossip said b was promoted!
  2782 (B) info: switching master...
  2782 (B) tells: c is no longer master
  2782 (D) info: c is slave
  2782 (A) debug: still using e as subSlave
  2782 (A) info: ready, using b as master
  2782 (C) debug: still using e as subSlave
  2782 (C) info: ready, using b as master
  2782 (D) info: e is slave
  2782 (D) info: d is slave
  2782 (D) info: a is slave
  2814 (A) info: c is up
  2816 (A) info: d is up
  2836 (C) info: a is up
  2853 (B) info: e is up
  2857 (C) info: d is up
  2859 (B) info: b is up
  2859 (B) debug: still using d as subSlave
  2859 (B) info: ready, using b as master
a: replica of b, linked, epoch 3, 499 keys
b: master, epoch 3, 499 keys
c: replica of b, linked, epoch 3, 499 keys
d: replica of b, linked, epoch 3, 499 keys
e: replica of b, linked, epoch 3, 499 keys
A: ready, uses b, epoch 3
B: ready, uses b, epoch 3
C: ready, uses b, epoch 3
D: ready, uses b, epoch 3
