# The node's answer to each step of a takeover is lost in turn. Every step has a deadline: the attempt
# ends and says so, and the next one succeeds when the node can be heard again.
world nodes=3 clients=1 writes=5ms down_after=300ms
start
await 1s settled
advance 500ms
when b before lock: cut b > A
kill a
advance 1s
expect master none
heal
await 2s A writes
expect promotions 2
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
   127 (A) warning: invalid master count: 0
   127 (A) info: attempting failover!
   127 (A) info: my failover id: <id 1>
   127 (A) info: lock was a success!
   127 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   128 (A) debug: defaulting to master as subSlave
   128 (A) info: ready, using a as master
   128 (A) info: publishing gossip:master for a
   128 (A) info: making b into a slave...
   128 (A) info: making c into a slave...
   128 (A) info: b is slave
   128 (A) info: c is slave
   150 (A) info: renegotating subSlave away from master
   150 (A) info: subSlave is now b
   649 (A) warning: MASTER is down! (a)
   649 (A) info: orientating (connection lost, 2/3 nodes up) ...
   649 (A) tells: a: connection lost
   649 (A) info: a is down (refused)
   649 (A) warning: invalid master count: 0
   649 (A) info: attempting failover!
   649 (A) info: my failover id: <id 2>
   649 now: cut b > A
   849 (A) info: giving up: a step was not answered in time
   949 (A) info: b is down (silent)
   949 (A) warning: refusing to orientate without a majority up!
   949 (A) info: subSlave went down, renegotiated to c
  1649 (A) info: b is up
  1649 (A) warning: invalid master count: 0
  1649 (A) info: attempting failover!
  1649 (A) info: my failover id: <id 3>
  1649 (A) info: lock was a success!
  1650 (A) info: b had highest opcounter (106) of 2 nodes. congrats!
  1650 (A) debug: still using c as subSlave
  1650 (A) info: ready, using b as master
  1650 (A) info: publishing gossip:master for b
  1650 (A) info: making c into a slave...
  1650 (A) info: c is slave

start a
await 3s settled
mark
when b before guard: cut b > A
kill c
kill b
start b
start c
advance 1s
heal
await 3s settled
----
  1892 (A) info: a is up
  1892 (A) info: making a into a slave...
  1893 (A) info: a is slave
  1893 (A) warning: MASTER is down! (b)
  1893 (A) info: orientating (connection lost, 1/3 nodes up) ...
  1893 (A) tells: b: connection lost
  1894 (A) warning: invalid master count: 0
  1894 (A) info: attempting failover!
  1894 (A) info: my failover id: <id 4>
  1894 (A) info: lock was a success!
  1894 now: cut b > A
  1914 (A) info: a had highest opcounter (154) of 2 nodes. congrats!
  1914 (A) debug: still using c as subSlave
  1914 (A) info: ready, using a as master
  1914 (A) info: publishing gossip:master for a
  1914 (A) info: making c into a slave...
  1914 (A) info: c is slave
  2194 (A) info: b is down (silent)
  2893 (A) info: b is up
  2893 (A) info: making b into a slave...
  2894 (A) info: b is slave
a: master, epoch 3, 358 keys
b: replica of a, linked, epoch 3, 358 keys
c: replica of a, linked, epoch 3, 358 keys
A: ready, uses a, epoch 3
