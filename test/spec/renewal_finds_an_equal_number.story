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
  1756 (D) warning: MASTER is down! (a)
  1756 (D) info: orientating (connection lost, 4/5 nodes up) ...
  1756 (D) tells: a: connection lost
  1756 (A) warning: MASTER is down! (a)
  1756 (A) info: orientating (connection lost, 4/5 nodes up) ...
  1756 (A) tells: a: connection lost
  1756 (C) warning: MASTER is down! (a)
  1756 (C) info: orientating (connection lost, 4/5 nodes up) ...
  1756 (C) tells: a: connection lost
  1756 (B) warning: MASTER is down! (a)
  1756 (B) info: orientating (connection lost, 4/5 nodes up) ...
  1756 (B) tells: a: connection lost
  1756 now: cut a > B,C,D
  1756 (A) info: a is down (refused)
  1824 (D) info: a is down (refused)
  1824 (D) warning: invalid master count: 0
  1824 (D) info: attempting failover!
  1824 (D) info: my failover id: <id 2>
  1866 (B) info: a is down (refused)
  1866 (B) warning: invalid master count: 0
  1866 (B) info: attempting failover!
  1866 (B) info: my failover id: <id 3>
  2024 (D) info: giving up: a step was not answered in time
  2052 (D) warning: invalid master count: 0
  2052 (D) info: attempting failover!
  2052 (D) info: my failover id: <id 4>
  2052 (D) info: lock was a success!
  2053 (D) info: c had highest opcounter (146) of 2 nodes. congrats!
  2053 (D) debug: still using b as subSlave
  2053 (D) info: ready, using c as master
  2053 (D) info: publishing gossip:master for c
  2053 (D) info: making d into a slave...
  2053 (B) info: gossip said c was promoted!
  2053 (B) info: giving up: somebody else has promoted a master
  2054 (B) debug: still using b as subSlave
  2054 (B) info: ready, using c as master
  2054 (D) info: d is slave
  2056 (C) warning: invalid master count: 0
  2056 (C) info: attempting failover!
  2056 (C) info: my failover id: <id 5>
  2056 (A) warning: invalid master count: 0
  2056 (A) info: attempting failover!
  2056 (A) info: my failover id: <id 6>
  2056 (A) info: failover already in progress: <id 5>
  2056 (A) info: giving up: another client has the lock
  2062 (D) info: b is down (silent)
  2062 (D) info: e is down (silent)
  2062 (D) info: defaulting to master as subSlave
  2063 (B) info: b is down (silent)
  2063 (B) info: e is down (silent)
  2063 (B) info: defaulting to master as subSlave
  2063 (C) info: c is down (silent)
  2063 (C) info: d is down (silent)
  2063 (C) info: lock was a success!
  2063 (C) info: subSlave went down, renegotiated to e
  2063 (A) info: c is down (silent)
  2063 (A) info: d is down (silent)
  2063 (C) info: b had highest opcounter (146) of 2 nodes. congrats!
  2064 (C) debug: still using e as subSlave
  2064 (C) info: ready, using b as master
  2064 (C) info: publishing gossip:master for b
  2064 (C) info: making e into a slave...
  2064 (A) info: gossip said b was promoted!
  2064 (A) debug: still using e as subSlave
  2064 (A) info: ready, using b as master
  2064 (C) info: e is slave
  2070 (D) info: renegotating subSlave away from master
  2070 (D) info: subSlave is now d
  2077 (B) info: renegotating subSlave away from master
  2077 (B) info: subSlave is now d
  2756 (C) info: a is down (silent)
  2766 (C) info: a is up
  2786 (A) info: c is up
  2786 (A) warning: c has 83 writes that nobody else has
  2786 (A) tells: c has 83 writes that nobody else has: they are dropped
  2786 (A) warning: master conflict detected
  2786 (A) info: making c into a slave...
  2787 (D) warning: MASTER is down! (c)
  2787 (D) done, refused: the master went away
  2787 (D) info: orientating (connection lost, 1/5 nodes up) ...
  2787 (D) tells: c: connection lost
  2787 (A) info: c is slave
  2787 (B) warning: MASTER is down! (c)
  2787 (B) info: orientating (connection lost, 1/5 nodes up) ...
  2787 (B) tells: c: connection lost
  2788 (B) warning: others still hear the master: waiting
  2793 (D) warning: others still hear the master: waiting
  2807 (B) info: gossip said b was promoted!
  2813 (A) info: a is up
  2813 (A) info: making a into a slave...
  2814 (A) info: a is slave
  2820 (D) info: gossip said b was promoted!
  2838 (B) info: b is up
  2838 (B) debug: still using d as subSlave
  2838 (B) info: ready, using b as master
  2839 (B) info: making d into a slave...
  2839 (B) info: d is slave
  2845 (A) info: d is up
  2854 (B) info: e is up
  2860 (D) info: e is up
  2870 (C) info: d is up
  2872 (D) info: b is up
  2872 (D) debug: still using d as subSlave
  2872 (D) info: ready, using b as master
  2879 (C) info: c is up
  2905 (D) info: a is up
  2944 (B) info: a is up
a: replica of b, linked, epoch 2, 349 keys
b: master, epoch 2, 349 keys
c: replica of b, linked, epoch 2, 349 keys
d: replica of b, linked, epoch 2, 349 keys
e: replica of b, linked, epoch 2, 349 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
C: ready, uses b, epoch 2
D: ready, uses b, epoch 2
