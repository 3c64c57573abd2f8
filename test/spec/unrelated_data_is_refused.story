# Three servers with data that never met: nothing is touched until a person picks one.
world nodes=3 clients=2
data a 3
data b 5
data c 7
start
advance 3s
expect promotions 0
expect A pause ambiguous
expect B pause ambiguous
expect a keys 3
expect b keys 5
expect c keys 7
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
     0 (A) error: a (3 keys) and b (5 keys) hold data that never met: touching nothing
     0 (A) tells: a (3 keys) and b (5 keys) hold data that never met: pick one with haredis takeover
     0 (B) error: a (3 keys) and b (5 keys) hold data that never met: touching nothing
     0 (B) tells: a (3 keys) and b (5 keys) hold data that never met: pick one with haredis takeover

takeover A b
await 1s master b
expect A done ok
expect b keys 5
advance 5s
expect promotions 1
----
  3000 (A) info: attempting failover!
  3000 (A) info: my failover id: <id 1>
  3000 (A) info: lock was a success!
  3000 (B) warning: looking for master: no group yet, waiting for every node to answer
  3000 (A) info: b had highest opcounter (0) of 3 nodes. congrats!
  3001 (A) debug: defaulting to master as subSlave
  3001 (A) info: ready, using b as master
  3001 (A) info: publishing gossip:master for b
  3001 (A) done, ok: b is master
  3001 (A) info: making a into a slave...
  3001 (A) info: making c into a slave...
  3001 (B) info: gossip said b was promoted!
  3001 (B) debug: defaulting to master as subSlave
  3001 (B) info: ready, using b as master
  3001 (A) info: a is slave
  3001 (A) info: c is slave
  3076 (A) info: renegotating subSlave away from master
  3076 (A) info: subSlave is now c
  3076 (B) info: renegotating subSlave away from master
  3076 (B) info: subSlave is now c
a: replica of b, linked, epoch 1, 5 keys
b: master, epoch 1, 5 keys
c: replica of b, linked, epoch 1, 5 keys
A: ready, uses b, epoch 1
B: ready, uses b, epoch 1
