# The stranger was there for a moment only, and gone before anybody decided anything. What was seen of him
# is remembered all the same, or the copy would be elected (seed 25045).
world nodes=3 clients=1
start a empty
start b empty
start c empty
start A
advance 1100ms
kill c
kill a
foreign a 100
advance 30ms
refuses_us a
kill a
advance 1400ms
restart a kept
advance 1800ms
expect b keys 100
mark
start c kept
advance 300ms
expect A master none
expect promotions 0
expect promotions 0
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (A) warning: invalid master count: 0
     0 (A) info: attempting failover!
     0 (A) info: my failover id: <id 1>
     0 (A) info: lock was a success!
     1 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
     1 (A) debug: defaulting to master as subSlave
     1 (A) info: ready, using a as master
     1 (A) info: publishing gossip:master for a
     1 (A) info: making b into a slave...
     1 (A) info: making c into a slave...
     2 (A) info: b is slave
     2 (A) info: c is slave
    78 (A) info: renegotating subSlave away from master
    78 (A) info: subSlave is now c
  1100 (A) warning: MASTER is down! (a)
  1100 (A) info: orientating (connection lost, 1/3 nodes up) ...
  1100 (A) tells: a: connection lost
  1100 (A) info: c is down (refused)
  1100 (A) info: subSlave went down, renegotiated to b
  1130 (A) info: a is down (refused)
  1130 (A) warning: refusing to orientate without a majority up!
  1131 (A) warning: b has copied data of another group
  1131 (A) tells: b has copied 100 keys of another group from an address of ours, and lost what it had: only passwords (requirepass, masterauth) prevent that
  4350 (A) info: c is up
  4350 (A) warning: of the nodes that answer none is known to have all data
a: master, no record, 100 keys
b: replica of a, linked, no record, 100 keys
c: sealed, epoch 1, 0 keys
A: no quorum
