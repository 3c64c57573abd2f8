# Inside one history the offset decides, not the opcounter that lags it, and not the name: c has
# what b has not yet read.
world nodes=3 clients=1 writes=2ms
start
await 1s settled
advance 500ms
cut b a
advance 20ms
writes_off A
advance 5ms
cut c a
kill a
heal b c
heal A b
await 2s master c
expect lost 0
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   501 (A) info: subSlave is now c
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: b is slave
   501 (A) info: c is slave
  1047 (A) warning: MASTER is down! (a)
  1047 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1047 (A) tells: a: connection lost
  1047 (A) info: a is down (refused)
  2047 (A) warning: invalid master count: 0
  2047 (A) info: attempting failover!
  2047 (A) info: my failover id: <id 2>
  2047 (A) info: lock was a success!
  2048 (A) info: c had highest opcounter (267) of 2 nodes. congrats!
  2049 (A) info: renegotating subSlave away from master
  2049 (A) info: subSlave is now b
  2049 (A) info: ready, using c as master
  2049 (A) info: publishing gossip:master for c
  2049 (A) info: making b into a slave...
a: down
b: sealed, epoch 1, locked, 256 keys
c: master, epoch 2, locked, 267 keys
A: ready, uses c, epoch 2
