# A switchover's coordinator, the one who speaks, dies behind the promotion, and nobody is told. The deposed master tells
# its own subscribers what the others, who have not noticed, still say through it; one who has noticed writes already. The
# gap must begin before that: until somebody speaks through the new master four and a half beats may pass, not two.
world nodes=7 clients=4 seed=29 down_after=300ms latency=296us jitter=585us sync=1500000us load=45948us writes=39625us flush=3 calm=5 torn=8 queue=8 subscribers
data e 500
loads e 814us
start a empty
start b empty
start c empty
start d empty
start f empty
start g empty
start e kept
start A
advance 1160us
start B
advance 967us
start D
advance 779528us
restart e kept within_promise
advance 91141us
restart d rebased_older within_promise
advance 16500us
peace
settle 40s
try when A after promote: kill A
try switchover A a
advance 100ms
peace
settle 40s
----
     0 (A) info: g is up
     0 (A) info: a is up
     1 (A) info: f is up
     1 (A) info: b is up
     1 (A) info: d is up
     1 (A) info: e is up
     1 (A) info: c is up
     1 (B) info: g is up
     2 (B) info: b is up
     2 (B) info: c is up
     2 (B) info: d is up
     2 (B) info: f is up
     2 (B) info: a is up
     2 (A) warning: looking for master: no group yet, a node is still loading its data
     2 (B) info: e is up
     3 (D) info: e is up
     3 (D) info: c is up
     3 (D) info: b is up
     3 (D) info: a is up
     3 (D) info: g is up
     3 (D) info: d is up
     3 (D) info: f is up
     4 (B) warning: looking for master: no group yet, a node is still loading its data
     4 (D) warning: looking for master: no group yet, a node is still loading its data
   121 (A) warning: invalid master count: 0
   121 (A) info: attempting failover!
   121 (A) info: my failover id: <id 1>
   122 (B) warning: invalid master count: 0
   122 (B) info: attempting failover!
   122 (B) info: my failover id: <id 2>
   122 (B) info: failover already in progress: <id 1>
   122 (B) info: giving up: another client has the lock
   123 (D) warning: invalid master count: 0
   123 (D) info: attempting failover!
   123 (D) info: my failover id: <id 3>
   123 (A) info: lock was a success!
   124 (D) info: failover already in progress: <id 1>
   124 (D) info: giving up: another client has the lock
   126 (A) info: e had highest opcounter (0) of 7 nodes. congrats!
   129 (A) debug: defaulting to master as subSlave
   129 (A) info: ready, using e as master
   129 (A) info: publishing gossip:master for e
   129 (A) info: making a into a slave...
   129 (A) info: making b into a slave...
   129 (A) info: making c into a slave...
   129 (A) info: making d into a slave...
   129 (A) info: making f into a slave...
   129 (A) info: making g into a slave...
   129 (B) info: gossip said e was promoted!
   129 (D) info: gossip said e was promoted!
   130 (B) debug: defaulting to master as subSlave
   130 (B) info: ready, using e as master
   131 (A) info: g is slave
   131 (D) debug: defaulting to master as subSlave
   131 (D) info: ready, using e as master
   131 (A) info: f is slave
   131 (A) info: a is slave
   131 (A) info: c is slave
   131 (A) info: d is slave
   131 (A) info: b is slave
   781 (B) warning: MASTER is down! (e)
   781 (B) info: orientating (connection lost, 6/7 nodes up) ...
   781 (B) tells: e: connection lost
   782 (D) warning: MASTER is down! (e)
   782 (D) info: orientating (connection lost, 6/7 nodes up) ...
   782 (D) tells: e: connection lost
   782 (A) warning: MASTER is down! (e)
   782 (A) info: orientating (connection lost, 6/7 nodes up) ...
   782 (A) tells: e: connection lost
   784 (A) warning: invalid master count: 0
   784 (A) info: attempting failover!
   784 (A) info: my failover id: <id 4>
   787 (A) info: lock was a success!
   788 (D) info: failover already in progress: <id 4>
   789 (B) info: failover already in progress: <id 4>
   790 (A) info: e had highest opcounter (77) of 7 nodes. congrats!
   792 (A) debug: defaulting to master as subSlave
   792 (A) info: ready, using e as master
   792 (A) info: publishing gossip:master for e
   792 (A) info: making a into a slave...
   792 (A) info: making b into a slave...
   792 (A) info: making c into a slave...
   792 (A) info: making d into a slave...
   792 (A) info: making f into a slave...
   792 (A) info: making g into a slave...
   793 (B) info: gossip said e was promoted!
   793 (D) info: gossip said e was promoted!
   794 (B) debug: defaulting to master as subSlave
   794 (B) info: ready, using e as master
   794 (D) debug: defaulting to master as subSlave
   794 (D) info: ready, using e as master
   794 (A) info: a is slave
   794 (A) info: g is slave
   794 (A) info: b is slave
   795 (A) info: f is slave
   795 (A) info: d is slave
   795 (A) info: c is slave
   890 (C) info: a is up
   890 (C) info: c is up
   890 (C) info: e is up
   890 (C) info: b is up
   890 (C) info: g is up
   890 (C) info: f is up
   890 (C) info: d is up
   891 (C) debug: defaulting to master as subSlave
   891 (C) info: ready, using e as master
   920 (C) info: making d into a slave...
   923 (C) info: d is slave
  2296 (B) info: renegotating subSlave away from master
  2296 (B) info: subSlave is now b
  2310 (A) info: renegotating subSlave away from master
  2310 (A) info: subSlave is now c
  2450 (C) info: renegotating subSlave away from master
  2450 (C) info: subSlave is now d
  2930 (A) info: planned switchover from e to a
  2930 (A) info: my failover id: <id 5>
  2933 (A) info: lock was a success!
  2941 (A) info: a has all of e. congrats!
  2943 now: kill A
  2967 (C) debug: still using d as subSlave
  2967 (C) info: ready, using a as master
  2980 (D) info: switching master...
  2980 (D) tells: e is no longer master
  2986 (D) debug: still using e as subSlave
  2986 (D) info: ready, using a as master
  3029 (B) info: switching master...
  3029 (B) tells: e is no longer master
  3030 (A) info: e is up
  3030 (A) info: b is up
  3030 (A) info: c is up
  3030 (A) info: f is up
  3030 (A) info: g is up
  3030 (A) info: d is up
  3030 (A) info: a is up
  3031 (B) debug: still using b as subSlave
  3031 (B) info: ready, using a as master
  3031 (A) debug: defaulting to master as subSlave
  3031 (A) info: ready, using a as master
  3210 (D) info: defaulting to master as subSlave
  3210 (B) info: defaulting to master as subSlave
  3210 (C) info: defaulting to master as subSlave
  3799 (C) info: making d into a slave...
  3803 (C) info: d is slave
  3803 (C) info: making b into a slave...
  3805 (B) info: renegotating subSlave away from master
  3805 (B) info: subSlave is now d
  3805 (A) info: renegotating subSlave away from master
  3805 (A) info: subSlave is now d
  3805 (C) info: renegotating subSlave away from master
  3805 (C) info: subSlave is now d
  3805 (D) info: renegotating subSlave away from master
  3805 (D) info: subSlave is now d
  3807 (C) info: b is slave
  3807 (C) info: making c into a slave...
  3811 (C) info: c is slave
  3811 (C) info: making e into a slave...
  3816 (C) info: e is slave
  3816 (C) info: making f into a slave...
  3820 (C) info: f is slave
  3820 (C) info: making g into a slave...
  3823 (C) info: g is slave
a: master, epoch 3, 979 keys
b: replica of a, linked, epoch 3, 979 keys
c: replica of a, linked, epoch 3, 979 keys
d: replica of a, linked, epoch 3, 979 keys
e: replica of a, linked, epoch 3, 979 keys
f: replica of a, linked, epoch 3, 979 keys
g: replica of a, linked, epoch 3, 979 keys
A: ready, uses a, epoch 3
B: ready, uses a, epoch 3
C: ready, uses a, epoch 3
D: ready, uses a, epoch 3
