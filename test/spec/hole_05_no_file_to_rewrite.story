# A node without a file that can be rewritten would come up as it was started. It is named in a
# warning, and durable writes are refused while it is like that.
world nodes=3 clients=1 writes=5ms durable
no_file c
start
await 1s master a
advance 2s
expect A not_durable
expect A silent
