# A planned switchover loses nothing, but the old master finds the backlog of the new one too short, and copies it: what was
# published meanwhile is told to nobody there. The next look at it shows that, and its listeners are told a gap.
world nodes=3 clients=2 jitter=532us load=40986us writes=22761us queue=8 subscribers
start a empty
start b empty
start c empty
start B
advance 1s
backlog a 100
try stop a
advance 1500ms
kill b
advance 200ms
switchover B
peace
settle 40s
----
     0 (B) info: b is up
     0 (B) info: a is up
     0 (B) info: c is up
     1 (B) warning: looking for master: no group yet, a node is still loading its data
    63 (B) warning: invalid master count: 0
    63 (B) info: attempting failover!
    63 (B) info: my failover id: <id 1>
    65 (B) info: lock was a success!
    66 (B) info: a had highest opcounter (0) of 3 nodes. congrats!
    68 (B) debug: defaulting to master as subSlave
    68 (B) info: ready, using a as master
    68 (B) info: publishing gossip:master for a
    68 (B) info: making b into a slave...
    68 (B) info: making c into a slave...
    69 (B) info: b is slave
    70 (B) info: c is slave
   100 (B) info: renegotating subSlave away from master
   100 (B) info: subSlave is now b
  1992 (B) warning: MASTER is down! (a)
  1992 (B) info: orientating (silent, 2/3 nodes up) ...
  1992 (B) tells: a: silent
  1992 (B) warning: others still hear the master: waiting
  1993 (B) warning: invalid master count: 0
  1993 (B) info: attempting failover!
  1993 (B) info: my failover id: <id 2>
  1994 (B) info: lock was a success!
  1998 (B) info: b had highest opcounter (49) of 2 nodes. congrats!
  2000 (B) debug: defaulting to master as subSlave
  2000 (B) info: ready, using b as master
  2000 (B) info: publishing gossip:master for b
  2000 (B) info: making c into a slave...
  2001 (B) info: c is slave
  2100 (B) info: renegotating subSlave away from master
  2100 (B) info: subSlave is now c
  2500 (B) warning: MASTER is down! (b)
  2500 (B) info: orientating (connection lost, 1/3 nodes up) ...
  2500 (B) tells: b: connection lost
  2501 (B) info: b is down (refused)
  2501 (B) warning: refusing to orientate without a majority up!
  2700 (B) info: a is up
  2700 (A) info: a is up
  2700 (A) info: c is up
  2700 (A) info: b is up
  2701 (B) warning: invalid master count: 0
  2701 (B) info: attempting failover!
  2701 (B) info: my failover id: <id 3>
  2701 (A) warning: invalid master count: 0
  2701 (A) info: attempting failover!
  2701 (A) info: my failover id: <id 4>
  2702 (B) info: lock was a success!
  2702 (A) info: failover already in progress: <id 3>
  2702 (A) info: giving up: another client has the lock
  2703 (B) info: c had highest opcounter (72) of 2 nodes. congrats!
  2704 (B) debug: defaulting to master as subSlave
  2704 (B) info: ready, using c as master
  2704 (B) info: publishing gossip:master for c
  2704 (B) info: making a into a slave...
  2705 (A) info: gossip said c was promoted!
  2706 (B) warning: a has 8 writes that nobody else has
  2706 (B) tells: a has 8 writes that nobody else has: they are dropped
  2706 (A) debug: defaulting to master as subSlave
  2706 (A) info: ready, using c as master
  2706 (B) info: a is slave
  2740 (B) info: planned switchover from c to a
  2740 (B) info: my failover id: <id 5>
  2740 (B) info: renegotating subSlave away from master
  2740 (B) info: subSlave is now a
  2742 (B) info: lock was a success!
  2746 (B) info: a has all of c. congrats!
  2748 (B) debug: defaulting to master as subSlave
  2748 (B) info: ready, using a as master
  2748 (B) info: publishing gossip:master for a
  2748 (B) done, ok: a is master
  2748 (B) info: making c into a slave...
  2748 (A) info: gossip said a was promoted!
  2748 (A) info: switching master...
  2748 (A) tells: c is no longer master
  2749 (A) debug: still using c as subSlave
  2749 (A) info: ready, using a as master
  2750 (B) info: c is slave
  2750 (A) info: making b into a slave...
  2753 (A) info: b is slave
  2771 (B) info: renegotating subSlave away from master
  2771 (B) info: subSlave is now c
  2771 (B) info: b is up
a: master, epoch 4, 181 keys
b: replica of a, linked, epoch 4, 181 keys
c: replica of a, linked, epoch 4, 181 keys
A: ready, uses a, epoch 4
B: ready, uses a, epoch 4
