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
  1756 (A) warning: MASTER is down! (a)
  1756 (A) info: orientating (connection lost, 4/5 nodes up) ...
  1756 (A) tells: a: connection lost
  1756 (D) warning: MASTER is down! (a)
  1756 (D) info: orientating (connection lost, 4/5 nodes up) ...
  1756 (D) tells: a: connection lost
  1756 now: cut a > B,C,D
  1756 (A) info: a is down (refused)
  1865 (B) warning: MASTER is down! (a)
  1865 (B) info: orientating (connection lost, 4/5 nodes up) ...
  1865 (B) tells: a: connection lost
  1865 (B) info: a is down (refused)
  1885 (B) warning: invalid master count: 0
  1885 (B) info: attempting failover!
  1885 (B) info: my failover id: <id 2>
  1885 (B) info: lock was a success!
  1885 (B) info: c had highest opcounter (142) of 2 nodes. congrats!
  1886 (B) debug: still using b as subSlave
  1886 (B) info: ready, using c as master
  1886 (B) info: publishing gossip:master for c
  1886 (B) info: making d into a slave...
  1886 (D) info: gossip said c was promoted!
  1886 (D) debug: still using b as subSlave
  1886 (D) info: ready, using c as master
  1887 (B) info: d is slave
  1890 (D) info: a is down (refused)
  2040 (C) info: d is down (silent)
  2040 (C) info: subSlave went down, renegotiated to c
  2042 (B) info: b is down (silent)
  2042 (B) info: e is down (silent)
  2042 (B) info: subSlave went down, renegotiated to d
  2042 (C) info: c is down (silent)
  2042 (C) info: subSlave went down, renegotiated to b
  2056 (C) warning: MASTER is down! (a)
  2056 (C) info: orientating (silent, 2/5 nodes up) ...
  2056 (C) tells: a: silent
  2056 (A) warning: invalid master count: 0
  2056 (A) info: attempting failover!
  2056 (A) info: my failover id: <id 3>
  2059 (D) info: subSlave b hears nothing
  2059 (D) info: subSlave is now d
  2061 (C) info: failover already in progress: <id 3>
  2062 (D) info: b is down (silent)
  2062 (D) info: e is down (silent)
  2063 (A) info: d is down (silent)
  2063 (A) info: c is down (silent)
  2063 (A) info: lock was a success!
  2063 (A) info: b had highest opcounter (142) of 2 nodes. congrats!
  2063 (A) debug: still using e as subSlave
  2063 (A) info: ready, using b as master
  2063 (A) info: publishing gossip:master for b
  2063 (A) info: making e into a slave...
  2064 (C) info: gossip said b was promoted!
  2064 (A) info: e is slave
  2064 (C) debug: defaulting to master as subSlave
  2064 (C) info: ready, using b as master
  2070 (C) info: renegotating subSlave away from master
  2070 (C) info: subSlave is now e
  2775 (C) info: a is up
  2789 (B) info: a is up
  2789 (B) info: making a into a slave...
  2789 (A) info: gossip said c was promoted!
  2789 (A) info: switching master...
  2789 (A) tells: b is no longer master
  2789 (C) info: gossip said c was promoted!
  2789 (C) info: switching master...
  2789 (C) tells: b is no longer master
  2790 (B) info: a is slave
  2803 (D) info: e is up
  2803 (D) warning: e has 90 writes that nobody else has
  2803 (D) tells: e has 90 writes that nobody else has: they are dropped
  2803 (D) info: making e into a slave...
  2804 (D) info: e is slave
  2816 (B) info: e is up
  2818 (A) info: a is up
  2828 (C) info: d is up
  2845 (A) info: c is up
  2846 (A) debug: still using e as subSlave
  2846 (A) info: ready, using c as master
  2846 (A) warning: b has 90 writes that nobody else has
  2846 (A) tells: b has 90 writes that nobody else has: they are dropped
  2846 (A) warning: master conflict detected
  2846 (A) info: making b into a slave...
  2847 (A) info: b is slave
  2853 (B) info: b is up
  2854 (C) info: c is up
  2854 (C) debug: still using e as subSlave
  2854 (C) info: ready, using c as master
  2859 (A) info: d is up
  2886 (D) info: b is up
  2887 (D) info: planned switchover from c to b
  2887 (D) info: my failover id: <id 4>
  2887 (D) info: giving up: too few locks
  2887 (D) done, refused: too few locks
  2935 (D) info: a is up
a: replica of c, linked, epoch 2, 362 keys
b: replica of c, linked, epoch 2, 362 keys
c: master, epoch 2, 362 keys
d: replica of c, linked, epoch 2, 362 keys
e: replica of c, linked, epoch 2, 362 keys
A: ready, uses c, epoch 2
B: ready, uses c, epoch 2
C: ready, uses c, epoch 2
D: ready, uses c, epoch 2
