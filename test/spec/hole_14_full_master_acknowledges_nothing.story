# A master out of memory answers WAIT though nothing was written: no acknowledgement. It is alive and
# stays master; its lock, when somebody wants one, is its seal.
world nodes=3 clients=1 writes=5ms durable
start
await 2s settled
full a
advance 50ms
mark
advance 2s
expect A silent
expect promotions 0
expect A master a

# A planned switchover gets out of there.
switchover A b
await 1s A master b
await 1s A writes
expect durable_lost 0
