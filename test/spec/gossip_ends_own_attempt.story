# Thirty-two clients, one dead master: one promotion, and everybody writes again at once.
world nodes=3 clients=32 writes=20ms
start
await 2s settled
advance 500ms
mark
kill a
await 50ms master b
expect promotions 1
----
     0 (A) info: a is up
     0 (A) info: b is up
     0 (A) info: c is up
     0 (B) info: a is up
     0 (B) info: b is up
     0 (B) info: c is up
     0 (C) info: a is up
     0 (C) info: b is up
     0 (C) info: c is up
     0 (D) info: a is up
     0 (D) info: b is up
     0 (D) info: c is up
     0 (E) info: a is up
     0 (E) info: b is up
     0 (E) info: c is up
     0 (F) info: a is up
     0 (F) info: b is up
     0 (F) info: c is up
     0 (G) info: a is up
     0 (G) info: b is up
     0 (G) info: c is up
     0 (H) info: a is up
     0 (H) info: b is up
     0 (H) info: c is up
     0 (I) info: a is up
     0 (I) info: b is up
     0 (I) info: c is up
     0 (J) info: a is up
     0 (J) info: b is up
     0 (J) info: c is up
     0 (K) info: a is up
     0 (K) info: b is up
     0 (K) info: c is up
     0 (L) info: a is up
     0 (L) info: b is up
     0 (L) info: c is up
     0 (M) info: a is up
     0 (M) info: b is up
     0 (M) info: c is up
     0 (N) info: a is up
     0 (N) info: b is up
     0 (N) info: c is up
     0 (O) info: a is up
     0 (O) info: b is up
     0 (O) info: c is up
     0 (P) info: a is up
     0 (P) info: b is up
     0 (P) info: c is up
     0 (Q) info: a is up
     0 (Q) info: b is up
     0 (Q) info: c is up
     0 (R) info: a is up
     0 (R) info: b is up
     0 (R) info: c is up
     0 (S) info: a is up
     0 (S) info: b is up
     0 (S) info: c is up
     0 (T) info: a is up
     0 (T) info: b is up
     0 (T) info: c is up
     0 (U) info: a is up
     0 (U) info: b is up
     0 (U) info: c is up
     0 (V) info: a is up
     0 (V) info: b is up
     0 (V) info: c is up
     0 (W) info: a is up
     0 (W) info: b is up
     0 (W) info: c is up
     0 (X) info: a is up
     0 (X) info: b is up
     0 (X) info: c is up
     0 (Y) info: a is up
     0 (Y) info: b is up
     0 (Y) info: c is up
     0 (Z) info: a is up
     0 (Z) info: b is up
     0 (Z) info: c is up
     0 (A1) info: a is up
     0 (A1) info: b is up
     0 (A1) info: c is up
     0 (B1) info: a is up
     0 (B1) info: b is up
     0 (B1) info: c is up
     0 (C1) info: a is up
     0 (C1) info: b is up
     0 (C1) info: c is up
     0 (D1) info: a is up
     0 (D1) info: b is up
     0 (D1) info: c is up
     0 (E1) info: a is up
     0 (E1) info: b is up
     0 (E1) info: c is up
     0 (F1) info: a is up
     0 (F1) info: b is up
     0 (F1) info: c is up
   500 (A) warning: invalid master count: 0
   500 (A) info: attempting failover!
   500 (A) info: my failover id: <id 1>
   500 (B) warning: invalid master count: 0
   500 (B) info: attempting failover!
   500 (B) info: my failover id: <id 2>
   500 (C) warning: invalid master count: 0
   500 (C) info: attempting failover!
   500 (C) info: my failover id: <id 3>
   500 (D) warning: invalid master count: 0
   500 (D) info: attempting failover!
   500 (D) info: my failover id: <id 4>
   500 (E) warning: invalid master count: 0
   500 (E) info: attempting failover!
   500 (E) info: my failover id: <id 5>
   500 (F) warning: invalid master count: 0
   500 (F) info: attempting failover!
   500 (F) info: my failover id: <id 6>
   500 (G) warning: invalid master count: 0
   500 (G) info: attempting failover!
   500 (G) info: my failover id: <id 7>
   500 (H) warning: invalid master count: 0
   500 (H) info: attempting failover!
   500 (H) info: my failover id: <id 8>
   500 (I) warning: invalid master count: 0
   500 (I) info: attempting failover!
   500 (I) info: my failover id: <id 9>
   500 (J) warning: invalid master count: 0
   500 (J) info: attempting failover!
   500 (J) info: my failover id: <id 10>
   500 (K) warning: invalid master count: 0
   500 (K) info: attempting failover!
   500 (K) info: my failover id: <id 11>
   500 (L) warning: invalid master count: 0
   500 (L) info: attempting failover!
   500 (L) info: my failover id: <id 12>
   500 (M) warning: invalid master count: 0
   500 (M) info: attempting failover!
   500 (M) info: my failover id: <id 13>
   500 (N) warning: invalid master count: 0
   500 (N) info: attempting failover!
   500 (N) info: my failover id: <id 14>
   500 (O) warning: invalid master count: 0
   500 (O) info: attempting failover!
   500 (O) info: my failover id: <id 15>
   500 (P) warning: invalid master count: 0
   500 (P) info: attempting failover!
   500 (P) info: my failover id: <id 16>
   500 (Q) warning: invalid master count: 0
   500 (Q) info: attempting failover!
   500 (Q) info: my failover id: <id 17>
   500 (R) warning: invalid master count: 0
   500 (R) info: attempting failover!
   500 (R) info: my failover id: <id 18>
   500 (S) warning: invalid master count: 0
   500 (S) info: attempting failover!
   500 (S) info: my failover id: <id 19>
   500 (T) warning: invalid master count: 0
   500 (T) info: attempting failover!
   500 (T) info: my failover id: <id 20>
   500 (U) warning: invalid master count: 0
   500 (U) info: attempting failover!
   500 (U) info: my failover id: <id 21>
   500 (V) warning: invalid master count: 0
   500 (V) info: attempting failover!
   500 (V) info: my failover id: <id 22>
   500 (W) warning: invalid master count: 0
   500 (W) info: attempting failover!
   500 (W) info: my failover id: <id 23>
   500 (X) warning: invalid master count: 0
   500 (X) info: attempting failover!
   500 (X) info: my failover id: <id 24>
   500 (Y) warning: invalid master count: 0
   500 (Y) info: attempting failover!
   500 (Y) info: my failover id: <id 25>
   500 (Z) warning: invalid master count: 0
   500 (Z) info: attempting failover!
   500 (Z) info: my failover id: <id 26>
   500 (A1) warning: invalid master count: 0
   500 (A1) info: attempting failover!
   500 (A1) info: my failover id: <id 27>
   500 (B1) warning: invalid master count: 0
   500 (B1) info: attempting failover!
   500 (B1) info: my failover id: <id 28>
   500 (C1) warning: invalid master count: 0
   500 (C1) info: attempting failover!
   500 (C1) info: my failover id: <id 29>
   500 (D1) warning: invalid master count: 0
   500 (D1) info: attempting failover!
   500 (D1) info: my failover id: <id 30>
   500 (E1) warning: invalid master count: 0
   500 (E1) info: attempting failover!
   500 (E1) info: my failover id: <id 31>
   500 (F1) warning: invalid master count: 0
   500 (F1) info: attempting failover!
   500 (F1) info: my failover id: <id 32>
   500 (B) info: failover already in progress: <id 1>
   500 (B) info: giving up: another client has the lock
   500 (C) info: failover already in progress: <id 1>
   500 (C) info: giving up: another client has the lock
   500 (D) info: failover already in progress: <id 1>
   500 (D) info: giving up: another client has the lock
   500 (E) info: failover already in progress: <id 1>
   500 (E) info: giving up: another client has the lock
   500 (F) info: failover already in progress: <id 1>
   500 (F) info: giving up: another client has the lock
   500 (G) info: failover already in progress: <id 1>
   500 (G) info: giving up: another client has the lock
   500 (H) info: failover already in progress: <id 1>
   500 (H) info: giving up: another client has the lock
   500 (I) info: failover already in progress: <id 1>
   500 (I) info: giving up: another client has the lock
   500 (J) info: failover already in progress: <id 1>
   500 (J) info: giving up: another client has the lock
   500 (K) info: failover already in progress: <id 1>
   500 (K) info: giving up: another client has the lock
   500 (L) info: failover already in progress: <id 1>
   500 (L) info: giving up: another client has the lock
   500 (M) info: failover already in progress: <id 1>
   500 (M) info: giving up: another client has the lock
   500 (N) info: failover already in progress: <id 1>
   500 (N) info: giving up: another client has the lock
   500 (O) info: failover already in progress: <id 1>
   500 (O) info: giving up: another client has the lock
   500 (P) info: failover already in progress: <id 1>
   500 (P) info: giving up: another client has the lock
   500 (Q) info: failover already in progress: <id 1>
   500 (Q) info: giving up: another client has the lock
   500 (R) info: failover already in progress: <id 1>
   500 (R) info: giving up: another client has the lock
   500 (S) info: failover already in progress: <id 1>
   500 (S) info: giving up: another client has the lock
   500 (T) info: failover already in progress: <id 1>
   500 (T) info: giving up: another client has the lock
   500 (U) info: failover already in progress: <id 1>
   500 (U) info: giving up: another client has the lock
   500 (V) info: failover already in progress: <id 1>
   500 (V) info: giving up: another client has the lock
   500 (W) info: failover already in progress: <id 1>
   500 (W) info: giving up: another client has the lock
   500 (X) info: failover already in progress: <id 1>
   500 (X) info: giving up: another client has the lock
   500 (Y) info: failover already in progress: <id 1>
   500 (Y) info: giving up: another client has the lock
   500 (Z) info: failover already in progress: <id 1>
   500 (Z) info: giving up: another client has the lock
   500 (A1) info: failover already in progress: <id 1>
   500 (A1) info: giving up: another client has the lock
   500 (B1) info: failover already in progress: <id 1>
   500 (B1) info: giving up: another client has the lock
   500 (C1) info: failover already in progress: <id 1>
   500 (C1) info: giving up: another client has the lock
   500 (D1) info: failover already in progress: <id 1>
   500 (D1) info: giving up: another client has the lock
   500 (E1) info: failover already in progress: <id 1>
   500 (E1) info: giving up: another client has the lock
   500 (F1) info: failover already in progress: <id 1>
   500 (F1) info: giving up: another client has the lock
   500 (A) info: lock was a success!
   500 (A) info: a had highest opcounter (0) of 3 nodes. congrats!
   501 (A) debug: defaulting to master as subSlave
   501 (A) info: ready, using a as master
   501 (A) info: publishing gossip:master for a
   501 (A) info: making b into a slave...
   501 (A) info: making c into a slave...
   501 (B) info: gossip said a was promoted!
   501 (C) info: gossip said a was promoted!
   501 (D) info: gossip said a was promoted!
   501 (E) info: gossip said a was promoted!
   501 (F) info: gossip said a was promoted!
   501 (G) info: gossip said a was promoted!
   501 (H) info: gossip said a was promoted!
   501 (I) info: gossip said a was promoted!
   501 (J) info: gossip said a was promoted!
   501 (K) info: gossip said a was promoted!
   501 (L) info: gossip said a was promoted!
   501 (M) info: gossip said a was promoted!
   501 (N) info: gossip said a was promoted!
   501 (O) info: gossip said a was promoted!
   501 (P) info: gossip said a was promoted!
   501 (Q) info: gossip said a was promoted!
   501 (R) info: gossip said a was promoted!
   501 (S) info: gossip said a was promoted!
   501 (T) info: gossip said a was promoted!
   501 (U) info: gossip said a was promoted!
   501 (V) info: gossip said a was promoted!
   501 (W) info: gossip said a was promoted!
   501 (X) info: gossip said a was promoted!
   501 (Y) info: gossip said a was promoted!
   501 (Z) info: gossip said a was promoted!
   501 (A1) info: gossip said a was promoted!
   501 (B1) info: gossip said a was promoted!
   501 (C1) info: gossip said a was promoted!
   501 (D1) info: gossip said a was promoted!
   501 (E1) info: gossip said a was promoted!
   501 (F1) info: gossip said a was promoted!
   501 (B) debug: defaulting to master as subSlave
   501 (B) info: ready, using a as master
   501 (C) debug: defaulting to master as subSlave
   501 (C) info: ready, using a as master
   501 (D) debug: defaulting to master as subSlave
   501 (D) info: ready, using a as master
   501 (E) debug: defaulting to master as subSlave
   501 (E) info: ready, using a as master
   501 (F) debug: defaulting to master as subSlave
   501 (F) info: ready, using a as master
   501 (G) debug: defaulting to master as subSlave
   501 (G) info: ready, using a as master
   501 (H) debug: defaulting to master as subSlave
   501 (H) info: ready, using a as master
   501 (I) debug: defaulting to master as subSlave
   501 (I) info: ready, using a as master
   501 (J) debug: defaulting to master as subSlave
   501 (J) info: ready, using a as master
   501 (K) debug: defaulting to master as subSlave
   501 (K) info: ready, using a as master
   501 (L) debug: defaulting to master as subSlave
   501 (L) info: ready, using a as master
   501 (M) debug: defaulting to master as subSlave
   501 (M) info: ready, using a as master
   501 (N) debug: defaulting to master as subSlave
   501 (N) info: ready, using a as master
   501 (O) debug: defaulting to master as subSlave
   501 (O) info: ready, using a as master
   501 (P) debug: defaulting to master as subSlave
   501 (P) info: ready, using a as master
   501 (Q) debug: defaulting to master as subSlave
   501 (Q) info: ready, using a as master
   501 (R) debug: defaulting to master as subSlave
   501 (R) info: ready, using a as master
   501 (S) debug: defaulting to master as subSlave
   501 (S) info: ready, using a as master
   501 (T) debug: defaulting to master as subSlave
   501 (T) info: ready, using a as master
   501 (U) debug: defaulting to master as subSlave
   501 (U) info: ready, using a as master
   501 (V) debug: defaulting to master as subSlave
   501 (V) info: ready, using a as master
   501 (W) debug: defaulting to master as subSlave
   501 (W) info: ready, using a as master
   501 (X) debug: defaulting to master as subSlave
   501 (X) info: ready, using a as master
   501 (Y) debug: defaulting to master as subSlave
   501 (Y) info: ready, using a as master
   501 (Z) debug: defaulting to master as subSlave
   501 (Z) info: ready, using a as master
   501 (A1) debug: defaulting to master as subSlave
   501 (A1) info: ready, using a as master
   501 (B1) debug: defaulting to master as subSlave
   501 (B1) info: ready, using a as master
   501 (C1) debug: defaulting to master as subSlave
   501 (C1) info: ready, using a as master
   501 (D1) debug: defaulting to master as subSlave
   501 (D1) info: ready, using a as master
   501 (E1) debug: defaulting to master as subSlave
   501 (E1) info: ready, using a as master
   501 (F1) debug: defaulting to master as subSlave
   501 (F1) info: ready, using a as master
   501 (A) info: b is slave
   501 (A) info: c is slave
   589 (A) info: renegotating subSlave away from master
   589 (A) info: subSlave is now c
   589 (B) info: renegotating subSlave away from master
   589 (B) info: subSlave is now c
   589 (C) info: renegotating subSlave away from master
   589 (C) info: subSlave is now c
   589 (D) info: renegotating subSlave away from master
   589 (D) info: subSlave is now c
   589 (E) info: renegotating subSlave away from master
   589 (E) info: subSlave is now c
   589 (F) info: renegotating subSlave away from master
   589 (F) info: subSlave is now c
   589 (G) info: renegotating subSlave away from master
   589 (G) info: subSlave is now c
   589 (H) info: renegotating subSlave away from master
   589 (H) info: subSlave is now c
   589 (I) info: renegotating subSlave away from master
   589 (I) info: subSlave is now c
   589 (J) info: renegotating subSlave away from master
   589 (J) info: subSlave is now c
   589 (K) info: renegotating subSlave away from master
   589 (K) info: subSlave is now c
   589 (L) info: renegotating subSlave away from master
   589 (L) info: subSlave is now c
   589 (M) info: renegotating subSlave away from master
   589 (M) info: subSlave is now c
   589 (N) info: renegotating subSlave away from master
   589 (N) info: subSlave is now c
   589 (O) info: renegotating subSlave away from master
   589 (O) info: subSlave is now c
   589 (P) info: renegotating subSlave away from master
   589 (P) info: subSlave is now c
   589 (Q) info: renegotating subSlave away from master
   589 (Q) info: subSlave is now c
   589 (R) info: renegotating subSlave away from master
   589 (R) info: subSlave is now c
   589 (S) info: renegotating subSlave away from master
   589 (S) info: subSlave is now c
   589 (T) info: renegotating subSlave away from master
   589 (T) info: subSlave is now c
   589 (U) info: renegotating subSlave away from master
   589 (U) info: subSlave is now c
   589 (V) info: renegotating subSlave away from master
   589 (V) info: subSlave is now c
   589 (W) info: renegotating subSlave away from master
   589 (W) info: subSlave is now c
   589 (X) info: renegotating subSlave away from master
   589 (X) info: subSlave is now c
   589 (Y) info: renegotating subSlave away from master
   589 (Y) info: subSlave is now c
   589 (Z) info: renegotating subSlave away from master
   589 (Z) info: subSlave is now c
   589 (A1) info: renegotating subSlave away from master
   589 (A1) info: subSlave is now c
   589 (B1) info: renegotating subSlave away from master
   589 (B1) info: subSlave is now c
   589 (C1) info: renegotating subSlave away from master
   589 (C1) info: subSlave is now c
   589 (D1) info: renegotating subSlave away from master
   589 (D1) info: subSlave is now c
   589 (E1) info: renegotating subSlave away from master
   589 (E1) info: subSlave is now c
   589 (F1) info: renegotating subSlave away from master
   589 (F1) info: subSlave is now c
  1022 (B) warning: MASTER is down! (a)
  1022 (B) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (B) tells: a: connection lost
  1022 (C) warning: MASTER is down! (a)
  1022 (C) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (C) tells: a: connection lost
  1022 (D) warning: MASTER is down! (a)
  1022 (D) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (D) tells: a: connection lost
  1022 (E) warning: MASTER is down! (a)
  1022 (E) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (E) tells: a: connection lost
  1022 (F) warning: MASTER is down! (a)
  1022 (F) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (F) tells: a: connection lost
  1022 (G) warning: MASTER is down! (a)
  1022 (G) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (G) tells: a: connection lost
  1022 (H) warning: MASTER is down! (a)
  1022 (H) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (H) tells: a: connection lost
  1022 (I) warning: MASTER is down! (a)
  1022 (I) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (I) tells: a: connection lost
  1022 (J) warning: MASTER is down! (a)
  1022 (J) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (J) tells: a: connection lost
  1022 (K) warning: MASTER is down! (a)
  1022 (K) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (K) tells: a: connection lost
  1022 (L) warning: MASTER is down! (a)
  1022 (L) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (L) tells: a: connection lost
  1022 (M) warning: MASTER is down! (a)
  1022 (M) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (M) tells: a: connection lost
  1022 (N) warning: MASTER is down! (a)
  1022 (N) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (N) tells: a: connection lost
  1022 (O) warning: MASTER is down! (a)
  1022 (O) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (O) tells: a: connection lost
  1022 (P) warning: MASTER is down! (a)
  1022 (P) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (P) tells: a: connection lost
  1022 (Q) warning: MASTER is down! (a)
  1022 (Q) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (Q) tells: a: connection lost
  1022 (R) warning: MASTER is down! (a)
  1022 (R) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (R) tells: a: connection lost
  1022 (S) warning: MASTER is down! (a)
  1022 (S) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (S) tells: a: connection lost
  1022 (T) warning: MASTER is down! (a)
  1022 (T) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (T) tells: a: connection lost
  1022 (U) warning: MASTER is down! (a)
  1022 (U) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (U) tells: a: connection lost
  1022 (V) warning: MASTER is down! (a)
  1022 (V) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (V) tells: a: connection lost
  1022 (W) warning: MASTER is down! (a)
  1022 (W) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (W) tells: a: connection lost
  1022 (X) warning: MASTER is down! (a)
  1022 (X) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (X) tells: a: connection lost
  1022 (Y) warning: MASTER is down! (a)
  1022 (Y) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (Y) tells: a: connection lost
  1022 (Z) warning: MASTER is down! (a)
  1022 (Z) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (Z) tells: a: connection lost
  1022 (A1) warning: MASTER is down! (a)
  1022 (A1) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (A1) tells: a: connection lost
  1022 (B1) warning: MASTER is down! (a)
  1022 (B1) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (B1) tells: a: connection lost
  1022 (C1) warning: MASTER is down! (a)
  1022 (C1) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (C1) tells: a: connection lost
  1022 (D1) warning: MASTER is down! (a)
  1022 (D1) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (D1) tells: a: connection lost
  1022 (E1) warning: MASTER is down! (a)
  1022 (E1) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (E1) tells: a: connection lost
  1022 (F1) warning: MASTER is down! (a)
  1022 (F1) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (F1) tells: a: connection lost
  1022 (A) warning: MASTER is down! (a)
  1022 (A) info: orientating (connection lost, 2/3 nodes up) ...
  1022 (A) tells: a: connection lost
  1022 (B) info: a is down (refused)
  1022 (C) info: a is down (refused)
  1022 (D) info: a is down (refused)
  1022 (E) info: a is down (refused)
  1022 (F) info: a is down (refused)
  1022 (G) info: a is down (refused)
  1022 (H) info: a is down (refused)
  1022 (I) info: a is down (refused)
  1022 (J) info: a is down (refused)
  1022 (K) info: a is down (refused)
  1022 (L) info: a is down (refused)
  1022 (M) info: a is down (refused)
  1022 (N) info: a is down (refused)
  1022 (O) info: a is down (refused)
  1022 (P) info: a is down (refused)
  1022 (Q) info: a is down (refused)
  1022 (R) info: a is down (refused)
  1022 (S) info: a is down (refused)
  1022 (T) info: a is down (refused)
  1022 (U) info: a is down (refused)
  1022 (V) info: a is down (refused)
  1022 (W) info: a is down (refused)
  1022 (X) info: a is down (refused)
  1022 (Y) info: a is down (refused)
  1022 (Z) info: a is down (refused)
  1022 (A1) info: a is down (refused)
  1022 (B1) info: a is down (refused)
  1022 (C1) info: a is down (refused)
  1022 (D1) info: a is down (refused)
  1022 (E1) info: a is down (refused)
  1022 (F1) info: a is down (refused)
  1022 (A) info: a is down (refused)
  1022 (A) warning: invalid master count: 0
  1022 (A) info: attempting failover!
  1022 (A) info: my failover id: <id 33>
  1022 (A) info: lock was a success!
  1023 (A) info: b had highest opcounter (803) of 2 nodes. congrats!
  1023 (A) debug: still using c as subSlave
  1023 (A) info: ready, using b as master
  1023 (A) info: publishing gossip:master for b
  1023 (A) info: making c into a slave...
  1023 (B) info: gossip said b was promoted!
  1023 (C) info: gossip said b was promoted!
  1023 (D) info: gossip said b was promoted!
  1023 (E) info: gossip said b was promoted!
  1023 (F) info: gossip said b was promoted!
  1023 (G) info: gossip said b was promoted!
  1023 (H) info: gossip said b was promoted!
  1023 (I) info: gossip said b was promoted!
  1023 (J) info: gossip said b was promoted!
  1023 (K) info: gossip said b was promoted!
  1023 (L) info: gossip said b was promoted!
  1023 (M) info: gossip said b was promoted!
  1023 (N) info: gossip said b was promoted!
  1023 (O) info: gossip said b was promoted!
  1023 (P) info: gossip said b was promoted!
  1023 (Q) info: gossip said b was promoted!
  1023 (R) info: gossip said b was promoted!
  1023 (S) info: gossip said b was promoted!
  1023 (T) info: gossip said b was promoted!
  1023 (U) info: gossip said b was promoted!
  1023 (V) info: gossip said b was promoted!
  1023 (W) info: gossip said b was promoted!
  1023 (X) info: gossip said b was promoted!
  1023 (Y) info: gossip said b was promoted!
  1023 (Z) info: gossip said b was promoted!
  1023 (A1) info: gossip said b was promoted!
  1023 (B1) info: gossip said b was promoted!
  1023 (C1) info: gossip said b was promoted!
  1023 (D1) info: gossip said b was promoted!
  1023 (E1) info: gossip said b was promoted!
  1023 (F1) info: gossip said b was promoted!
  1023 (B) debug: still using c as subSlave
  1023 (B) info: ready, using b as master
  1023 (C) debug: still using c as subSlave
  1023 (C) info: ready, using b as master
  1023 (D) debug: still using c as subSlave
  1023 (D) info: ready, using b as master
  1023 (E) debug: still using c as subSlave
  1023 (E) info: ready, using b as master
  1023 (F) debug: still using c as subSlave
  1023 (F) info: ready, using b as master
  1023 (G) debug: still using c as subSlave
  1023 (G) info: ready, using b as master
  1023 (H) debug: still using c as subSlave
  1023 (H) info: ready, using b as master
  1023 (I) debug: still using c as subSlave
  1023 (I) info: ready, using b as master
  1023 (J) debug: still using c as subSlave
  1023 (J) info: ready, using b as master
  1023 (K) debug: still using c as subSlave
  1023 (K) info: ready, using b as master
  1023 (L) debug: still using c as subSlave
  1023 (L) info: ready, using b as master
  1023 (M) debug: still using c as subSlave
  1023 (M) info: ready, using b as master
  1023 (N) debug: still using c as subSlave
  1023 (N) info: ready, using b as master
  1023 (O) debug: still using c as subSlave
  1023 (O) info: ready, using b as master
  1023 (P) debug: still using c as subSlave
  1023 (P) info: ready, using b as master
  1023 (Q) debug: still using c as subSlave
  1023 (Q) info: ready, using b as master
  1023 (R) debug: still using c as subSlave
  1023 (R) info: ready, using b as master
  1023 (S) debug: still using c as subSlave
  1023 (S) info: ready, using b as master
  1023 (T) debug: still using c as subSlave
  1023 (T) info: ready, using b as master
  1023 (U) debug: still using c as subSlave
  1023 (U) info: ready, using b as master
  1023 (V) debug: still using c as subSlave
  1023 (V) info: ready, using b as master
  1023 (W) debug: still using c as subSlave
  1023 (W) info: ready, using b as master
  1023 (X) debug: still using c as subSlave
  1023 (X) info: ready, using b as master
  1023 (Y) debug: still using c as subSlave
  1023 (Y) info: ready, using b as master
  1023 (Z) debug: still using c as subSlave
  1023 (Z) info: ready, using b as master
  1023 (A1) debug: still using c as subSlave
  1023 (A1) info: ready, using b as master
  1023 (B1) debug: still using c as subSlave
  1023 (B1) info: ready, using b as master
  1023 (C1) debug: still using c as subSlave
  1023 (C1) info: ready, using b as master
  1023 (D1) debug: still using c as subSlave
  1023 (D1) info: ready, using b as master
  1023 (E1) debug: still using c as subSlave
  1023 (E1) info: ready, using b as master
  1023 (F1) debug: still using c as subSlave
  1023 (F1) info: ready, using b as master
  1023 (A) info: c is slave
a: down
b: master, epoch 2, 803 keys
c: replica of b, linked, epoch 2, 803 keys
A: ready, uses b, epoch 2
B: ready, uses b, epoch 2
C: ready, uses b, epoch 2
D: ready, uses b, epoch 2
E: ready, uses b, epoch 2
F: ready, uses b, epoch 2
G: ready, uses b, epoch 2
H: ready, uses b, epoch 2
I: ready, uses b, epoch 2
J: ready, uses b, epoch 2
K: ready, uses b, epoch 2
L: ready, uses b, epoch 2
M: ready, uses b, epoch 2
N: ready, uses b, epoch 2
O: ready, uses b, epoch 2
P: ready, uses b, epoch 2
Q: ready, uses b, epoch 2
R: ready, uses b, epoch 2
S: ready, uses b, epoch 2
T: ready, uses b, epoch 2
U: ready, uses b, epoch 2
V: ready, uses b, epoch 2
W: ready, uses b, epoch 2
X: ready, uses b, epoch 2
Y: ready, uses b, epoch 2
Z: ready, uses b, epoch 2
A1: ready, uses b, epoch 2
B1: ready, uses b, epoch 2
C1: ready, uses b, epoch 2
D1: ready, uses b, epoch 2
E1: ready, uses b, epoch 2
F1: ready, uses b, epoch 2
