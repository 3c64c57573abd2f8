# Three fresh servers, nothing configured. All must answer before anybody is elected; then the first
# of the list is master, and every node is made to start sealed from the first minute.
world nodes=3 clients=1 writes=5ms
start a b A
advance 2s
expect master none
expect promotions 0
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) warning: looking for master: no group yet, waiting for every node to answer

start c
await 1s settled
expect master a
expect promotions 1
expect a starts_sealed
expect b starts_sealed
expect c starts_sealed
----
  2118 (A) info: c is up
  2118 (A) warning: invalid master count: 0
  2118 (A) info: attempting failover!
  2118 (A) info: my failover id: <id 1>
  2118 (A) info: lock was a success!
  2119 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
  2119 (A) debug: defaulting to master as subSlave
  2119 (A) info: ready, using a as master
  2119 (A) info: publishing gossip:master for a
  2119 (A) info: making b into a slave...
  2119 (A) info: making c into a slave...
  2120 (A) info: b is slave
  2120 (A) info: c is slave
a: master, epoch 1, 3 keys
b: replica of a, linked, epoch 1, 3 keys
c: replica of a, linked, epoch 1, 3 keys
A: ready, uses a, epoch 1
