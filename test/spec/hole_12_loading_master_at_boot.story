# Everything reboots before the group ever had an epoch: the node with the data loads for long, the
# empty ones are up at once. "Fresh" needs all of them to answer, and none to be loading.
world nodes=3 clients=1 load=20s
data a 1000
start
advance 15s
expect promotions 0
expect a keys 1000
await 10s settled
expect A master a
expect b keys 1000
