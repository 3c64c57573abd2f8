# Two of three are gone for good: no majority, no promotion. A person decides; writes still wait for
# a majority of nodes, for that is what the fence asks for.
world nodes=3 clients=1 writes=5ms durable
start
await 2s settled
advance 500ms
kill a
kill b
advance 5s
expect master none
expect promotions 1
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: b is slave
   501 (A) info: c is slave
   579 (A) info: renegotating subSlave away from master
   579 (A) info: subSlave is now c
  1022 (A) warning: MASTER is down! (a)
  1022 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (A) tells: a: connection lost
  1022 (A) info: a is down (refused)
  1022 (A) warning: refusing to orientate without a majority up!
  1022 (A) info: b is down (refused)

takeover A c
await 100ms A done ok
expect promotions 2
expect A epoch 2
expect A pause no_quorum
----
  6022 (A) info: attempting failover!
  6022 (A) info: my failover id: <id 2>
  6022 (A) info: lock was a success!
  6022 (A) info: c had highest opcounter (106) of 1 nodes. congrats!
  6023 (A) debug: defaulting to master as subSlave
  6023 (A) info: ready, using c as master
  6023 (A) info: publishing gossip:master for c
  6023 (A) done, ok: c is master

# b comes back empty. It has forgotten what it may have promised, and a cannot be asked: it stays
# sealed until the person says again whose data counts.
start b empty
advance 3s
expect b sealed
takeover A c
await 100ms A done ok
await 1s b follows c
await 1s settled
await 1s A writes
----
  6033 (A) info: b is up
  9023 (A) warning: MASTER is down! (c)
  9023 (A) info: orientating (a person takes over, 2/3 nodes up) ...
  9023 (A) tells: c: a person takes over
  9023 (A) info: attempting failover!
  9023 (A) info: my failover id: <id 3>
  9023 (A) info: lock was a success!
  9023 (A) info: c had highest opcounter (106) of 2 nodes. congrats!
  9024 (A) debug: defaulting to master as subSlave
  9024 (A) info: ready, using c as master
  9024 (A) info: publishing gossip:master for c
  9024 (A) done, ok: c is master
  9024 (A) info: making b into a slave...
  9024 (A) info: b is slave
  9049 (A) info: a majority is there again: writing
a: down
b: replica of c, linked, epoch 3, 107 keys
c: master, epoch 3, 107 keys
A: ready, uses c, epoch 3
