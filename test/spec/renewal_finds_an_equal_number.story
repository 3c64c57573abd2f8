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
  1005 (B) info: d is up
  1005 (B) info: b is up
  1005 (B) info: c is up
  1005 (B) info: a is up
  1005 (B) info: e is up
  1006 (B) warning: invalid master count: 0
  1006 (B) info: attempting failover!
  1006 (B) info: my failover id: <id 1>
  1006 (B) info: lock was a success!
  1007 (B) info: a had highest opcounter (0) of 5 nodes. congrats!
  1008 (B) debug: defaulting to master as subSlave
  1008 (B) info: ready, using a as master
  1008 (B) info: publishing gossip:master for a
  1008 (B) info: making b into a slave...
  1008 (B) info: making c into a slave...
  1008 (B) info: making d into a slave...
  1008 (B) info: making e into a slave...
  1008 (C) info: gossip said a was promoted!
  1008 (A) info: gossip said a was promoted!
  1008 (D) info: gossip said a was promoted!
  1008 (A) debug: defaulting to master as subSlave
  1008 (A) info: ready, using a as master
  1008 (C) debug: defaulting to master as subSlave
  1008 (C) info: ready, using a as master
  1008 (B) info: b is slave
  1008 (D) debug: defaulting to master as subSlave
  1008 (D) info: ready, using a as master
  1008 (B) info: d is slave
  1008 (B) info: e is slave
  1008 (B) info: c is slave
  1030 (C) info: d is up
  1030 (C) info: renegotating subSlave away from master
  1030 (C) info: subSlave is now d
  1033 (A) info: renegotating subSlave away from master
  1033 (A) info: subSlave is now e
  1033 (D) info: renegotating subSlave away from master
  1033 (D) info: subSlave is now b
  1035 (B) info: renegotating subSlave away from master
  1035 (B) info: subSlave is now b
  1041 (D) info: d is up
  1043 (A) info: d is up
  1756 (C) warning: MASTER is down! (a)
  1756 (C) info: orientating (connection lost, 4/5 nodes up) ...
  1756 (C) tells: a: connection lost
  1756 (B) warning: MASTER is down! (a)
  1756 (B) info: orientating (connection lost, 4/5 nodes up) ...
  1756 (B) tells: a: connection lost
  1756 (A) warning: MASTER is down! (a)
  1756 (A) info: orientating (connection lost, 4/5 nodes up) ...
  1756 (A) tells: a: connection lost
  1756 now: cut a > B,C,D
  1756 (A) info: a is down (refused)
  1839 (D) warning: MASTER is down! (a)
  1839 (D) info: orientating (connection lost, 4/5 nodes up) ...
  1839 (D) tells: a: connection lost
  1839 (D) info: a is down (refused)
  1865 (D) info: failover already in progress: <id 1>
  1865 (B) info: a is down (refused)
  1866 (B) warning: invalid master count: 0
  1866 (B) info: attempting failover!
  1866 (B) info: my failover id: <id 2>
  1920 (C) info: c is down (silent)
  1920 (D) info: b is down (silent)
  1920 (D) info: failover already in progress: <id 1>
  1920 (D) info: subSlave went down, renegotiated to e
  1920 (A) info: c is down (silent)
  2040 (C) info: d is down (silent)
  2040 (C) info: subSlave went down, renegotiated to b
  2040 (A) info: d is down (silent)
  2042 (D) info: e is down (silent)
  2042 (D) warning: invalid master count: 0
  2042 (D) info: attempting failover!
  2042 (D) info: my failover id: <id 3>
  2042 (D) info: subSlave went down, renegotiated to d
  2042 (D) info: lock was a success!
  2042 (D) info: c had highest opcounter (144) of 2 nodes. congrats!
  2043 (D) debug: still using d as subSlave
  2043 (D) info: ready, using c as master
  2043 (D) info: publishing gossip:master for c
  2043 (D) info: making d into a slave...
  2043 (B) info: gossip said c was promoted!
  2043 (B) info: giving up: somebody else has promoted a master
  2044 (D) info: d is slave
  2044 (B) debug: still using b as subSlave
  2044 (B) info: ready, using c as master
  2056 (C) warning: invalid master count: 0
  2056 (C) info: attempting failover!
  2056 (C) info: my failover id: <id 4>
  2056 (A) warning: invalid master count: 0
  2056 (A) info: attempting failover!
  2056 (A) info: my failover id: <id 5>
  2056 (C) info: failover already in progress: <id 5>
  2056 (C) info: giving up: another client has the lock
  2056 (A) info: lock was a success!
  2057 (A) info: b had highest opcounter (144) of 2 nodes. congrats!
  2057 (A) debug: still using e as subSlave
  2057 (A) info: ready, using b as master
  2057 (A) info: publishing gossip:master for b
  2057 (A) info: making e into a slave...
  2058 (C) info: gossip said b was promoted!
  2058 (C) debug: defaulting to master as subSlave
  2058 (C) info: ready, using b as master
  2058 (A) info: e is slave
  2063 (B) info: b is down (silent)
  2063 (B) info: e is down (silent)
  2063 (B) info: subSlave went down, renegotiated to d
  2064 (C) info: renegotating subSlave away from master
  2064 (C) info: subSlave is now e
  2756 (C) info: a is down (silent)
  2776 (A) info: a is up
  2789 (C) info: c is up
  2790 (C) debug: still using e as subSlave
  2790 (C) info: ready, using c as master
  2793 (D) info: e is up
  2794 (D) warning: e has 68 writes that nobody else has
  2794 (D) tells: e has 68 writes that nobody else has: they are dropped
  2794 (D) info: making e into a slave...
  2795 (D) info: e is slave
  2797 (C) warning: b has 68 writes that nobody else has
  2797 (C) tells: b has 68 writes that nobody else has: they are dropped
  2797 (C) warning: master conflict detected
  2797 (C) info: making b into a slave...
  2797 (A) info: gossip said c was promoted!
  2797 (A) info: switching master...
  2797 (A) tells: b is no longer master
  2797 (C) info: b is slave
  2798 (A) warning: invalid master count: 0
  2798 (A) info: attempting failover!
  2798 (A) info: my failover id: <id 6>
  2799 (A) info: lock was a success!
  2800 (A) info: giving up: too few nodes with a known history could be sealed
  2805 (A) warning: invalid master count: 0
  2805 (A) info: attempting failover!
  2805 (A) info: my failover id: <id 7>
  2805 (A) info: lock was a success!
  2806 (A) info: giving up: too few nodes with a known history could be sealed
  2825 (D) info: a is up
  2825 (A) info: c is up
  2825 (A) debug: still using e as subSlave
  2825 (A) info: ready, using c as master
  2827 (D) info: b is up
  2827 (D) info: planned switchover from c to b
  2827 (D) info: my failover id: <id 8>
  2828 (D) info: lock was a success!
  2829 (D) info: b has all of c. congrats!
  2830 (D) debug: still using d as subSlave
  2830 (D) info: ready, using b as master
  2830 (D) info: publishing gossip:master for b
  2830 (D) done, ok: b is master
  2830 (D) info: making a into a slave...
  2830 (D) info: making c into a slave...
  2830 (D) info: making d into a slave...
  2830 (D) info: making e into a slave...
  2830 (B) info: gossip said b was promoted!
  2830 (B) info: switching master...
  2830 (B) tells: c is no longer master
  2830 (C) info: gossip said b was promoted!
  2830 (C) info: switching master...
  2830 (C) tells: c is no longer master
  2830 (A) info: gossip said b was promoted!
  2830 (A) info: switching master...
  2830 (A) tells: c is no longer master
  2830 (D) info: d is slave
  2830 (D) info: e is slave
  2830 (A) debug: still using e as subSlave
  2830 (A) info: ready, using b as master
  2830 (C) debug: still using e as subSlave
  2830 (C) info: ready, using b as master
  2830 (D) info: a is slave
  2830 (D) info: c is slave
  2838 (B) info: b is up
  2838 (B) debug: still using d as subSlave
  2838 (B) info: ready, using b as master
  2840 (C) info: a is up
  2854 (C) info: d is up
  2870 (B) info: a is up
  2876 (B) info: e is up
  2882 (A) info: d is up
a: replica of b, linked, epoch 5, 316 keys
b: master, epoch 5, 316 keys
c: replica of b, linked, epoch 5, 316 keys
d: replica of b, linked, epoch 5, 316 keys
e: replica of b, linked, epoch 5, 316 keys
A: ready, uses b, epoch 5
B: ready, uses b, epoch 5
C: ready, uses b, epoch 5
D: ready, uses b, epoch 5
