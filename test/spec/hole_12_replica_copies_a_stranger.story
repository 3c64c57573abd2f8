# While no majority is left a server of somebody else starts on the address of the dead master. The
# replica that was told to follow that address copies it: Redis replicates from whoever answers. It is
# told, with the remedy. The stranger is not taken for a flushed master of ours, though a member has
# its history: it is left alone. Nor is the copy elected, though it is all that is left beside a file.
# That is for a person.
world nodes=3 clients=1 writes=5ms
start
await 1s settled
advance 500ms
kill b
advance 50ms
kill a
foreign a 100
advance 1100ms
expect c follows a
expect c keys 100
start b kept
advance 300ms
expect A master none
expect a keys 100
expect a master
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
  1022 (A) info: b is down (refused)
  1072 (A) warning: MASTER is down! (a)
  1072 (A) info: orientating (connection lost, 1/3 nodes up) ...
  1072 (A) tells: a: connection lost
  1103 (A) warning: others still hear the master: waiting
  2045 (A) warning: a holds data of another group: leaving it alone
  2045 (A) tells: a holds 100 keys that are not this group's: it is left alone
  2045 (A) warning: c has copied data of another group
  2045 (A) tells: c has copied 100 keys of another group from an address of ours, and lost what it had: only passwords (requirepass, masterauth) prevent that
  2045 (A) warning: too few nodes of this group answer and are loaded
  2240 (A) info: b is up
  2240 (A) warning: of the nodes that answer none is known to have all data

# The majority is well, and the replica that was cut off copies a stranger where the old master was. It
# has forgotten whom it helped to elect, as one that restarted; it is mended when enough others remember.
world nodes=5 clients=2 durable writes=5ms
start
await 1s settled
advance 500ms
cut a,c b,d,e,A,B
await 3s A master b
kill a
foreign a 100
advance 100ms
expect c follows a
expect c keys 100
mark
heal
await 5s c linked
advance 1s
expect a keys 100
expect a master
expect c follows b
expect promotions 0
expect durable_lost 0
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (A) info: d is up
     0 (A) info: e is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
     0 (B) info: d is up
     0 (B) info: e is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 2>
   500 (B) warning: invalid master count: 0
   500 (B) info: attempting failover!
   500 (B) info: my failover id: <id 3>
   500 (B) info: failover already in progress: <id 2>
   500 (B) info: giving up: another client has the lock
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 5 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (A) info: making d into a slave...
   501 (A) info: making e into a slave...
   501 (B) info: gossip said a was promoted!
   501 (B) debug: defaulting to master as subSlave
   501 (B) info: ready, using a as master
   501 (A) info: b is slave
   501 (A) info: c is slave
   501 (A) info: d is slave
   501 (A) info: e is slave
   590 (A) info: renegotating subSlave away from master
   590 (A) info: subSlave is now e
   590 (B) info: renegotating subSlave away from master
   590 (B) info: subSlave is now e
  1872 (A) info: c is down (silent)
  2000 (A) warning: MASTER is down! (a)
  2000 (A) info: orientating (silent, 3/5 nodes up) ...
  2000 (A) tells: a: silent
  2006 (B) info: c is down (silent)
  2018 (B) warning: MASTER is down! (a)
  2018 (B) info: orientating (silent, 3/5 nodes up) ...
  2018 (B) tells: a: silent
  2019 (A) warning: invalid master count: 0
  2019 (A) info: attempting failover!
  2019 (A) info: my failover id: <id 4>
  2019 (A) info: lock was a success!
  2021 (A) info: b had highest opcounter (209) of 3 nodes. congrats!
  2022 (A) debug: still using e as subSlave
  2022 (A) info: ready, using b as master
  2022 (A) info: publishing gossip:master for b
  2022 (A) info: making d into a slave...
  2022 (A) info: making e into a slave...
  2022 (B) info: gossip said b was promoted!
  2022 (B) debug: still using e as subSlave
  2022 (B) info: ready, using b as master
  2022 (A) info: d is slave
  2022 (A) info: e is slave
  2122 (A) info: c is up
  2122 (A) info: a is up
  2122 (B) info: c is up
  2122 (B) info: a is up
  2122 (A) warning: a holds data of another group: leaving it alone
  2122 (A) tells: a holds 100 keys that are not this group's: it is left alone
  2122 (B) warning: a holds data of another group: leaving it alone
  2122 (B) tells: a holds 100 keys that are not this group's: it is left alone
  2222 (A) warning: c has copied data of another group
  2222 (A) tells: c has copied 100 keys of another group from an address of ours, and lost what it had: only passwords (requirepass, masterauth) prevent that
  2222 (A) info: making c into a slave...
  2222 (B) warning: c has copied data of another group
  2222 (B) tells: c has copied 100 keys of another group from an address of ours, and lost what it had: only passwords (requirepass, masterauth) prevent that
  2222 (B) info: making c into a slave...
  2222 (B) debug: giving up: another client has the lock
  2222 (A) info: c is slave
a: master, no record, 100 keys
b: master, epoch 2, 642 keys
c: replica of b, linked, epoch 2, 642 keys
d: replica of b, linked, epoch 2, 642 keys
e: replica of b, linked, epoch 2, 642 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
