# The promotion waits in the socket of a stopped node while the lock expires and others elect. When
# the node goes on, EXEC finds its WATCH broken.
world nodes=3 clients=2 writes=5ms durable down_after=300ms
start
await 2s settled
advance 500ms
mark
when b before promote: stop b
kill a
advance 1s
start a
advance 5s
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
   127 (A) warning: invalid master count: 0
   127 (A) info: attempting failover!
   127 (A) info: my failover id: <id 1>
   127 (B) warning: invalid master count: 0
   127 (B) info: attempting failover!
   127 (B) info: my failover id: <id 2>
   127 (B) info: failover already in progress: <id 1>
   127 (B) info: giving up: another client has the lock
   127 (A) info: lock was a success!
   127 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   128 (A) info: subSlave is now b
   128 (A) info: ready, using a as master
   128 (A) info: publishing gossip:master for a
   128 (A) info: making b into a slave...
   128 (A) info: making c into a slave...
   128 (B) info: gossip said a was promoted!
   128 (B) info: subSlave is now b
   128 (B) info: ready, using a as master
   128 (A) info: b is slave
   128 (A) info: c is slave
   649 (B) warning: MASTER is down! (a)
   649 (B) info: orientating (connection lost, 2/3 nodes up) ...
   649 (B) tells: a: connection lost
   649 (A) warning: MASTER is down! (a)
   649 (A) info: orientating (connection lost, 2/3 nodes up) ...
   649 (A) tells: a: connection lost
   649 (B) info: a is down (refused)
   649 (B) warning: invalid master count: 0
   649 (B) info: attempting failover!
   649 (B) info: my failover id: <id 3>
   649 (A) info: a is down (refused)
   649 (A) warning: invalid master count: 0
   649 (A) info: attempting failover!
   649 (A) info: my failover id: <id 4>
   649 (A) info: failover already in progress: <id 3>
   649 (A) info: giving up: another client has the lock
   649 (B) info: lock was a success!
   650 (B) info: b had highest opcounter (212) of 2 nodes. congrats!
   650 now: stop b
   661 (A) info: failover already in progress: <id 3>
   950 (A) info: b is down (silent)
   950 (A) warning: refusing to orientate without a majority up!
   950 (B) info: b is down (silent)
   950 (B) info: giving up: the promotion was not answered
   974 (B) warning: refusing to orientate without a majority up!
  1657 (A) info: a is up
  1657 (A) warning: invalid master count: 0
  1657 (A) info: attempting failover!
  1657 (A) info: my failover id: <id 5>
  1657 (A) info: lock was a success!
  1658 (A) info: giving up: too few nodes with a known history could be sealed
  1677 (A) warning: invalid master count: 0
  1677 (A) info: attempting failover!
  1677 (A) info: my failover id: <id 6>
  1677 (A) info: lock was a success!
  1678 (A) info: giving up: too few nodes with a known history could be sealed
  1694 (A) warning: invalid master count: 0
  1694 (A) info: attempting failover!
  1694 (A) info: my failover id: <id 7>
  1694 (A) info: lock was a success!
  1695 (A) info: giving up: too few nodes with a known history could be sealed
  1721 (B) info: a is up
  1721 (B) warning: invalid master count: 0
  1721 (B) info: attempting failover!
  1721 (B) info: my failover id: <id 8>
  1721 (B) info: lock was a success!
  1722 (B) info: giving up: too few nodes with a known history could be sealed
  1733 (B) warning: invalid master count: 0
  1733 (B) info: attempting failover!
  1733 (B) info: my failover id: <id 9>
  1733 (B) info: lock was a success!
  1734 (B) info: giving up: too few nodes with a known history could be sealed
  1758 (B) warning: invalid master count: 0
  1758 (B) info: attempting failover!
  1758 (B) info: my failover id: <id 10>
  1758 (B) info: lock was a success!
  1759 (B) info: giving up: too few nodes with a known history could be sealed
  1781 (A) warning: invalid master count: 0
  1781 (A) info: attempting failover!
  1781 (A) info: my failover id: <id 11>
  1781 (A) info: lock was a success!
  1782 (A) info: giving up: too few nodes with a known history could be sealed
  1833 (B) warning: invalid master count: 0
  1833 (B) info: attempting failover!
  1833 (B) info: my failover id: <id 12>
  1833 (B) info: lock was a success!
  1834 (B) info: giving up: too few nodes with a known history could be sealed
  1870 (B) warning: invalid master count: 0
  1870 (B) info: attempting failover!
  1870 (B) info: my failover id: <id 13>
  1870 (B) info: lock was a success!
  1871 (B) info: giving up: too few nodes with a known history could be sealed
  1963 (A) warning: invalid master count: 0
  1963 (A) info: attempting failover!
  1963 (A) info: my failover id: <id 14>
  1963 (A) info: lock was a success!
  1964 (A) info: giving up: too few nodes with a known history could be sealed
  2111 (A) warning: invalid master count: 0
  2111 (A) info: attempting failover!
  2111 (A) info: my failover id: <id 15>
  2111 (A) info: lock was a success!
  2112 (A) info: giving up: too few nodes with a known history could be sealed
  2248 (B) warning: invalid master count: 0
  2248 (B) info: attempting failover!
  2248 (B) info: my failover id: <id 16>
  2248 (B) info: lock was a success!
  2249 (B) info: giving up: too few nodes with a known history could be sealed
  2828 (A) warning: invalid master count: 0
  2828 (A) info: attempting failover!
  2828 (A) info: my failover id: <id 17>
  2828 (A) info: lock was a success!
  2829 (A) info: giving up: too few nodes with a known history could be sealed
  2844 (B) warning: invalid master count: 0
  2844 (B) info: attempting failover!
  2844 (B) info: my failover id: <id 18>
  2844 (B) info: lock was a success!
  2845 (B) info: giving up: too few nodes with a known history could be sealed
  3180 (A) warning: invalid master count: 0
  3180 (A) info: attempting failover!
  3180 (A) info: my failover id: <id 19>
  3180 (A) info: lock was a success!
  3181 (A) info: giving up: too few nodes with a known history could be sealed
  3181 (A) tells: no master after 8 attempts: too few nodes with a known history could be sealed; haredis status shows the nodes, haredis takeover picks one
  3423 (B) warning: invalid master count: 0
  3423 (B) info: attempting failover!
  3423 (B) info: my failover id: <id 20>
  3423 (B) info: lock was a success!
  3424 (B) info: giving up: too few nodes with a known history could be sealed
  3424 (B) tells: no master after 8 attempts: too few nodes with a known history could be sealed; haredis status shows the nodes, haredis takeover picks one
  3456 (B) warning: invalid master count: 0
  3456 (B) info: attempting failover!
  3456 (B) info: my failover id: <id 21>
  3456 (B) info: lock was a success!
  3457 (B) info: giving up: too few nodes with a known history could be sealed
  3525 (A) warning: invalid master count: 0
  3525 (A) info: attempting failover!
  3525 (A) info: my failover id: <id 22>
  3525 (A) info: lock was a success!
  3526 (A) info: giving up: too few nodes with a known history could be sealed
  3628 (A) warning: invalid master count: 0
  3628 (A) info: attempting failover!
  3628 (A) info: my failover id: <id 23>
  3628 (A) info: lock was a success!
  3629 (A) info: giving up: too few nodes with a known history could be sealed
  4038 (B) warning: invalid master count: 0
  4038 (B) info: attempting failover!
  4038 (B) info: my failover id: <id 24>
  4038 (B) info: lock was a success!
  4039 (B) info: giving up: too few nodes with a known history could be sealed
  4191 (A) warning: invalid master count: 0
  4191 (A) info: attempting failover!
  4191 (A) info: my failover id: <id 25>
  4191 (A) info: lock was a success!
  4192 (A) info: giving up: too few nodes with a known history could be sealed
  4270 (B) warning: invalid master count: 0
  4270 (B) info: attempting failover!
  4270 (B) info: my failover id: <id 26>
  4270 (B) info: lock was a success!
  4271 (B) info: giving up: too few nodes with a known history could be sealed
  4915 (A) warning: invalid master count: 0
  4915 (A) info: attempting failover!
  4915 (A) info: my failover id: <id 27>
  4915 (A) info: lock was a success!
  4916 (A) info: giving up: too few nodes with a known history could be sealed
  4935 (B) warning: invalid master count: 0
  4935 (B) info: attempting failover!
  4935 (B) info: my failover id: <id 28>
  4935 (B) info: lock was a success!
  4936 (B) info: giving up: too few nodes with a known history could be sealed
  5323 (A) warning: invalid master count: 0
  5323 (A) info: attempting failover!
  5323 (A) info: my failover id: <id 29>
  5323 (A) info: lock was a success!
  5324 (A) info: giving up: too few nodes with a known history could be sealed
  5603 (A) warning: invalid master count: 0
  5603 (A) info: attempting failover!
  5603 (A) info: my failover id: <id 30>
  5603 (A) info: lock was a success!
  5604 (A) info: giving up: too few nodes with a known history could be sealed
  5642 (B) warning: invalid master count: 0
  5642 (B) info: attempting failover!
  5642 (B) info: my failover id: <id 31>
  5642 (B) info: lock was a success!
  5643 (B) info: giving up: too few nodes with a known history could be sealed
  5920 (A) warning: invalid master count: 0
  5920 (A) info: attempting failover!
  5920 (A) info: my failover id: <id 32>
  5920 (A) info: lock was a success!
  5921 (A) info: giving up: too few nodes with a known history could be sealed
  5962 (A) warning: invalid master count: 0
  5962 (A) info: attempting failover!
  5962 (A) info: my failover id: <id 33>
  5962 (A) info: lock was a success!
  5963 (A) info: giving up: too few nodes with a known history could be sealed
  5974 (A) warning: invalid master count: 0
  5974 (A) info: attempting failover!
  5974 (A) info: my failover id: <id 34>
  5974 (A) info: lock was a success!
  5975 (A) info: giving up: too few nodes with a known history could be sealed
  6338 (B) warning: invalid master count: 0
  6338 (B) info: attempting failover!
  6338 (B) info: my failover id: <id 35>
  6338 (B) info: lock was a success!
  6339 (B) info: giving up: too few nodes with a known history could be sealed
  6463 (B) warning: invalid master count: 0
  6463 (B) info: attempting failover!
  6463 (B) info: my failover id: <id 36>
  6463 (B) info: lock was a success!
  6464 (A) warning: invalid master count: 0
  6464 (A) info: attempting failover!
  6464 (A) info: my failover id: <id 37>
  6464 (B) info: giving up: too few nodes with a known history could be sealed
  6464 (A) info: failover already in progress: <id 36>
  6464 (A) info: giving up: another client has the lock

continue b
await 5s settled
expect durable_lost 0
----
  6649 (A) info: b is up
  6649 (B) info: b is up
  6664 (B) warning: invalid master count: 0
  6664 (B) info: attempting failover!
  6664 (B) info: my failover id: <id 38>
  6664 (B) info: lock was a success!
  6665 (B) info: a had highest opcounter (212) of 3 nodes. congrats!
  6665 (B) info: ready, using a as master
  6665 (B) info: publishing gossip:master for a
  6665 (B) info: making b into a slave...
  6665 (B) info: making c into a slave...
  6665 (B) info: a majority is there again: writing
  6665 (A) info: gossip said a was promoted!
  6665 (A) info: ready, using a as master
  6665 (A) info: a majority is there again: writing
  6665 (B) info: b is slave
  6665 (B) info: c is slave
a: master, epoch 35, 212 keys
b: replica of a, linked, epoch 35, 212 keys
c: replica of a, linked, epoch 35, 212 keys
A: ready, uses a, epoch 35
B: ready, uses a, epoch 35
