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

takeover A b
await 1s master b
expect A done ok
expect b keys 5
advance 5s
expect promotions 1
