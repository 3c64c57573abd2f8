# All nodes of seven fall silent in one step of a client that is cut off while it writes durably: the
# step that says so still needs no more than half of the room for its actions. (Seed 305014.)
world nodes=7 clients=5 seed=305014 durable down_after=300ms latency=158us jitter=196us load=35920us writes=26504us torn=8 subscribers
start a empty
start b empty
start c empty
start d empty
start e empty
start f empty
start g empty
start B
advance 1213us
start C
advance 1118us
start D
advance 1300us
start E
advance 860000us
when B after publish: cut a,b,c,d,e,f,g > B
advance 1s
expect B pause no_quorum
----
     0 (B) info: e is up
     0 (B) info: d is up
     0 (B) info: f is up
     0 (B) info: c is up
     0 (B) info: g is up
     0 (B) info: b is up
     0 (B) info: a is up
     1 (B) warning: looking for master: no group yet, a node is still loading its data
     1 (C) info: e is up
     1 (C) info: c is up
     1 (C) info: f is up
     1 (C) info: g is up
     1 (C) info: b is up
     1 (C) info: d is up
     1 (C) info: a is up
     2 (C) warning: looking for master: no group yet, a node is still loading its data
     2 (D) info: g is up
     2 (D) info: b is up
     2 (D) info: a is up
     2 (D) info: d is up
     2 (D) info: c is up
     2 (D) info: e is up
     2 (D) info: f is up
     3 (D) warning: looking for master: no group yet, a node is still loading its data
     4 (E) info: c is up
     4 (E) info: d is up
     4 (E) info: b is up
     4 (E) info: f is up
     4 (E) info: a is up
     4 (E) info: e is up
     4 (E) info: g is up
     4 (E) warning: looking for master: no group yet, a node is still loading its data
    60 (B) warning: invalid master count: 0
    60 (B) info: attempting failover!
    60 (B) info: my failover id: <id 1>
    61 (C) info: failover already in progress: <id 1>
    61 (B) info: lock was a success!
    62 (E) warning: looking for master: no group yet, waiting for every node to answer
    62 (D) info: failover already in progress: <id 1>
    62 (D) warning: looking for master: no group yet, waiting for every node to answer
    62 (C) warning: looking for master: no group yet, waiting for every node to answer
    62 (B) info: a had highest opcounter (0) of 7 nodes. congrats!
    63 (D) info: failover already in progress: <id 1>
    63 (E) debug: defaulting to master as subSlave
    63 (E) info: ready, using a as master
    63 (C) info: failover already in progress: <id 1>
    63 (B) debug: defaulting to master as subSlave
    63 (B) info: ready, using a as master
    63 (B) info: publishing gossip:master for a
    63 (B) info: making b into a slave...
    63 (B) info: making c into a slave...
    63 (B) info: making d into a slave...
    63 (B) info: making e into a slave...
    63 (B) info: making f into a slave...
    63 (B) info: making g into a slave...
    64 (D) info: gossip said a was promoted!
    64 (C) info: gossip said a was promoted!
    64 (D) debug: defaulting to master as subSlave
    64 (D) info: ready, using a as master
    64 (B) info: f is slave
    64 (C) debug: defaulting to master as subSlave
    64 (C) info: ready, using a as master
    64 (B) info: c is slave
    64 (B) info: e is slave
    64 (B) info: b is slave
    65 (B) info: d is slave
    65 (B) info: g is slave
    89 (E) info: renegotating subSlave away from master
    89 (E) info: subSlave is now f
    89 (D) info: renegotating subSlave away from master
    89 (D) info: subSlave is now f
    89 (C) info: renegotating subSlave away from master
    89 (C) info: subSlave is now b
    90 (B) info: renegotating subSlave away from master
    90 (B) info: subSlave is now f
   874 now: cut a,b,c,d,e,f,g > B
   973 (B) warning: cut off from the majority: holding writes
   973 (B) tells: fewer than 4 nodes heard for 90 ms
  1129 (B) info: e is down (silent)
  1129 (B) info: f is down (silent)
  1129 (B) info: subSlave went down, renegotiated to g
  1129 (B) info: c is down (silent)
  1129 (B) info: b is down (silent)
  1152 (B) info: d is down (silent)
  1152 (B) info: g is down (silent)
  1152 (B) info: defaulting to master as subSlave
  1170 (B) warning: MASTER is down! (a)
  1170 (B) info: orientating (silent, 0/7 nodes up) ...
  1170 (B) tells: a: silent
  1170 (B) warning: refusing to orientate without a majority up!
a: master, epoch 1, 231 keys
b: replica of a, linked, epoch 1, 231 keys
c: replica of a, linked, epoch 1, 231 keys
d: replica of a, linked, epoch 1, 231 keys
e: replica of a, linked, epoch 1, 231 keys
f: replica of a, linked, epoch 1, 231 keys
g: replica of a, linked, epoch 1, 231 keys
A: dead
B: no quorum
C: ready, uses a, epoch 1
D: ready, uses a, epoch 1
E: ready, uses a, epoch 1
