"""Real messages of each application protocol, most of them from its own specification: who sends it, the label."""

from __future__ import annotations

SERVER, CLIENT = "server", "client"

Sample = tuple[str, str, bytes, str]
"""The protocol's name, who sends it, the message, its label."""

_SUBSCRIPTION = rb"{\"channel\":\"ChatChannel\"}"

SAMPLES: tuple[Sample, ...] = (
    # Engine.IO protocol 4 and Socket.IO protocol 5, "Sample session".
    (
        "engine.io", SERVER,
        b'0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1}',
        "engine.io open pingInterval=25000 pingTimeout=20000",
    ),
    ("socket.io", SERVER, b"2", "engine.io ping"),
    ("socket.io", CLIENT, b"3", "engine.io pong"),
    ("socket.io", CLIENT, b"2probe", "engine.io ping"),
    ("socket.io", CLIENT, b"5", "engine.io upgrade"),
    ("socket.io", CLIENT, b"5 apples", ""),
    ("socket.io", CLIENT, b"1", "engine.io close"),
    ("socket.io", CLIENT, b"4hello", "engine.io message"),
    ("socket.io", CLIENT, b"40", "socket.io connect"),
    ("socket.io", SERVER, b'40/admin,{"sid":"oSO0OpakMV_3jnilAAAA"}', "socket.io connect /admin"),
    ("socket.io", SERVER, b'44{"message":"Not authorized"}', 'socket.io connect error "Not authorized"'),
    ("socket.io", CLIENT, b'42["chat","hello"]', 'socket.io event "chat"'),
    ("socket.io", CLIENT, b'42/admin,456["project:delete",123]', 'socket.io event "project:delete" /admin id=456'),
    ("socket.io", SERVER, b"43/admin,456[]", "socket.io ack /admin id=456"),
    ("socket.io", CLIENT, b'451-["hello",{"_placeholder":true,"num":0}]', 'socket.io binary event "hello"'),
    ("socket.io", CLIENT, b"41/admin,", "socket.io disconnect /admin"),
    ("socket.io", CLIENT, b"hello", ""),
    ("engine.io-v3", CLIENT, b"2", "engine.io ping"),
    # SignalR Hub Protocol.
    ("signalr", CLIENT, b'{"protocol":"json","version":1}\x1e', "signalr handshake json version=1"),
    ("signalr", SERVER, b"{}\x1e", "signalr handshake accepted"),
    ("signalr", SERVER, b'{}\x1e{"type":6}\x1e', "signalr handshake accepted and more"),
    (
        "signalr", SERVER, b'{"error":"Requested protocol \'messagepack\' is not available."}\x1e',
        "signalr handshake refused \"Requested protocol 'messagepack' is not available.\"",
    ),
    (
        "signalr", CLIENT, b'{"type":1,"invocationId":"123","target":"Send","arguments":[42,"Test Message"]}\x1e',
        "signalr invocation Send id=123",
    ),
    (
        "signalr", SERVER, b'{"type":3,"invocationId":"123","error":"It didn\'t work!"}\x1e',
        "signalr completion id=123 \"It didn't work!\"",
    ),
    ("signalr", SERVER, b'{"type":6}\x1e', "signalr ping"),
    ("signalr", SERVER, b'{"type":7,"error":"Connection closed"}\x1e', 'signalr close "Connection closed"'),
    ("signalr", CLIENT, b'{"type":6}', ""),
    ("signalr", CLIENT, b'{"type":99}\x1e', ""),
    # STOMP 1.2.
    ("stomp", CLIENT, b"CONNECT\naccept-version:1.2\nhost:stomp.github.org\n\n\0", "stomp CONNECT"),
    ("stomp", CLIENT, b"STOMP\r\naccept-version:1.2\r\nhost:stomp.github.org\r\n\r\n\0", "stomp STOMP"),
    ("stomp", SERVER, b"CONNECTED\nversion:1.1\n\n\0", "stomp CONNECTED version=1.1"),
    ("stomp", CLIENT, b"SEND\ndestination:/queue/a\ncontent-type:text/plain\n\nhello queue a\0", "stomp SEND /queue/a"),
    ("stomp", CLIENT, b"SUBSCRIBE\nid:0\ndestination:/queue/foo\nack:client\n\n\0", "stomp SUBSCRIBE /queue/foo id=0"),
    (
        "stomp", SERVER, b"MESSAGE\nsubscription:0\nmessage-id:007\ndestination:/queue/a\n\nhello queue a\0",
        "stomp MESSAGE /queue/a subscription=0",
    ),
    ("stomp", SERVER, b"RECEIPT\nreceipt-id:message-12345\n\n\0", "stomp RECEIPT receipt-id=message-12345"),
    (
        "stomp", SERVER, b"ERROR\nreceipt-id:message-12345\nmessage:malformed frame received\n\nThe message\0",
        'stomp ERROR receipt-id=message-12345 "malformed frame received"',
    ),
    ("stomp", SERVER, b"\n", "stomp heart-beat"),
    ("stomp", CLIENT, b"HELLO\n\n\0", ""),
    # MQTT 3.1.1 and 5.0.
    (
        "mqtt", CLIENT, bytes.fromhex("10120004 4d515454 04 02 003c 0006 777363 6c6931"),
        "mqtt CONNECT client=wscli1 version=3.1.1 keepalive=60",
    ),
    (
        "mqtt", CLIENT, bytes.fromhex("1010 0004 4d515454 05 02 001e 05 11 00000000 0000")[:18],
        "mqtt CONNECT version=5.0 keepalive=30",
    ),
    ("mqtt", SERVER, bytes.fromhex("20020000"), "mqtt CONNACK accepted"),
    ("mqtt", SERVER, bytes.fromhex("20020005"), "mqtt CONNACK refused: not authorized"),
    ("mqtt", SERVER, bytes.fromhex("2003008700"), "mqtt CONNACK refused: not authorized"),
    ("mqtt", CLIENT, bytes.fromhex("3207 0003 612f62 000a"), "mqtt PUBLISH a/b qos=1 id=10"),
    ("mqtt", CLIENT, bytes.fromhex("3107 0003 612f62 6869"), "mqtt PUBLISH a/b retain"),
    ("mqtt", CLIENT, bytes.fromhex("8208 000a 0003 612f62 01"), "mqtt SUBSCRIBE a/b id=10"),
    ("mqtt", CLIENT, bytes.fromhex("8209 000a 00 0003 612f62 01"), "mqtt SUBSCRIBE a/b id=10"),
    ("mqtt", CLIENT, bytes.fromhex("a207 000b 0003 612f62"), "mqtt UNSUBSCRIBE a/b id=11"),
    ("mqtt", SERVER, bytes.fromhex("9003 000a 01"), "mqtt SUBACK id=10"),
    ("mqtt", SERVER, bytes.fromhex("4002 000a d000"), "mqtt PUBACK id=10 and more"),
    ("mqtt", CLIENT, bytes.fromhex("c000"), "mqtt PINGREQ"),
    ("mqtt", CLIENT, bytes.fromhex("e000"), "mqtt DISCONNECT"),
    ("mqtt", CLIENT, bytes.fromhex("1006 0004 4d515454"), "mqtt CONNECT"),
    ("mqtt", CLIENT, bytes.fromhex("8000"), ""),
    ("mqtt", CLIENT, bytes.fromhex("10ffffffff01"), ""),
    ("mqtt", CLIENT, b"\x10", ""),
    # GraphQL over WebSocket Protocol.
    ("graphql-transport-ws", CLIENT, b'{"type":"connection_init"}', "graphql connection_init"),
    ("graphql-transport-ws", SERVER, b'{"type":"connection_ack"}', "graphql connection_ack"),
    ("graphql-transport-ws", SERVER, b'{"type":"ping"}', "graphql ping"),
    (
        "graphql-transport-ws", CLIENT,
        b'{"id":"1","type":"subscribe","payload":{"operationName":"OnPrice","query":"subscription OnPrice{price}"}}',
        'graphql subscribe id=1 "OnPrice"',
    ),
    ("graphql-transport-ws", SERVER, b'{"id":"1","type":"next","payload":{"data":{"price":1}}}', "graphql next id=1"),
    ("graphql-transport-ws", SERVER, b'{"id":"1","type":"complete"}', "graphql complete id=1"),
    (
        "graphql-transport-ws", SERVER, b'{"id":"7","type":"next","payload":{"data":"' + b"x" * 9000 + b'"}}',
        "graphql next id=7",
    ),
    ("graphql-transport-ws", SERVER, b'{"type":"tick"}', ""),
    ("graphql-ws", CLIENT, b'{"id":"1","type":"start","payload":{"query":"{price}"}}', "graphql start id=1"),
    ("graphql-ws", SERVER, b'{"type":"ka"}', "graphql ka"),
    ("graphql-ws", SERVER, b'{"id":"1","type":"data","payload":{"data":null}}', "graphql data id=1"),
    # WAMP 2.
    ("wamp", CLIENT, b'[1,"somerealm",{"roles":{"publisher":{},"subscriber":{}}}]', "wamp HELLO somerealm"),
    ("wamp", SERVER, b'[2,9129137332,{"roles":{"broker":{}}}]', "wamp WELCOME id=9129137332"),
    (
        "wamp", SERVER, b'[3,{"message":"The realm does not exist."},"wamp.error.no_such_realm"]',
        "wamp ABORT wamp.error.no_such_realm",
    ),
    ("wamp", CLIENT, b'[48,7814135,{},"com.myapp.ping",[]]', "wamp CALL com.myapp.ping id=7814135"),
    ("wamp", SERVER, b"[36,5512315355,4429313566,{},[]]", "wamp EVENT id=5512315355"),
    (
        "wamp", SERVER, b'[8,48,7814135,{},"wamp.error.no_such_procedure"]',
        "wamp ERROR wamp.error.no_such_procedure id=7814135",
    ),
    ("wamp", CLIENT, bytes.fromhex("94 20 cd0102 80 a9") + b"com.topic", "wamp SUBSCRIBE com.topic id=258"),
    ("wamp", CLIENT, bytes.fromhex("92 01 d906") + b"realm1", "wamp HELLO realm1"),
    ("wamp", CLIENT, b"[true,1,2]", ""),
    ("wamp", CLIENT, b"[99]", ""),
    ("wamp", CLIENT, bytes.fromhex("91 c0"), ""),
    # JSON-RPC 2.0, "Examples".
    (
        "jsonrpc", CLIENT, b'{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 3}',
        "jsonrpc request id=3 subtract",
    ),
    ("jsonrpc", CLIENT, b'{"jsonrpc": "2.0", "method": "update", "params": [1,2]}', "jsonrpc notification update"),
    ("jsonrpc", SERVER, b'{"jsonrpc": "2.0", "result": 19, "id": 3}', "jsonrpc result id=3"),
    (
        "jsonrpc", SERVER, b'{"jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not found"}, "id": "1"}',
        'jsonrpc error id=1 -32601 "Method not found"',
    ),
    ("jsonrpc", CLIENT, b'[{"jsonrpc": "2.0", "method": "sum", "id": "1"}, {"jsonrpc": "2.0"}]', "jsonrpc batch of 2"),
    ("jsonrpc", CLIENT, b'{"method":"sum"}', ""),
    ("jsonrpc", CLIENT, b"[1]", ""),
    # Chrome DevTools Protocol.
    ("devtools", CLIENT, b'{"id":1,"method":"Page.enable"}', "devtools command id=1 Page.enable"),
    ("devtools", SERVER, b'{"id":1,"result":{}}', "devtools result id=1"),
    (
        "devtools", SERVER, b'{"method":"Page.loadEventFired","params":{"timestamp":1}}',
        "devtools event Page.loadEventFired",
    ),
    (
        "devtools", SERVER, b'{"id":2,"error":{"code":-32601,"message":"\'X.y\' wasn\'t found"}}',
        "devtools error id=2 -32601 \"'X.y' wasn't found\"",
    ),
    ("devtools", SERVER, b"{}", ""),
    # Phoenix, "Writing a Channels Client".
    ("phoenix", CLIENT, b'["0","0","miami:weather","phx_join",{"a":"b"}]', "phoenix phx_join miami:weather ref=0"),
    (
        "phoenix", SERVER, b'["0","0","miami:weather","phx_reply",{"response":{},"status":"ok"}]',
        "phoenix phx_reply ok miami:weather ref=0",
    ),
    ("phoenix", CLIENT, b'[null,"2","phoenix","heartbeat",{}]', "phoenix heartbeat phoenix ref=2"),
    (
        "phoenix", CLIENT, b'{"topic":"room:lobby","event":"phx_join","payload":{},"ref":"1"}',
        "phoenix phx_join room:lobby ref=1",
    ),
    ("phoenix", CLIENT, b"[1,2,3,4]", ""),
    ("phoenix", CLIENT, b"hello", ""),
    # ActionCable, as Rails writes it.
    ("actioncable", SERVER, b'{"type":"welcome"}', "actioncable welcome"),
    ("actioncable", SERVER, b'{"type":"ping","message":1700000000}', "actioncable ping"),
    (
        "actioncable", CLIENT, b'{"command":"subscribe","identifier":"' + _SUBSCRIPTION + b'"}',
        "actioncable subscribe ChatChannel",
    ),
    (
        "actioncable", SERVER, b'{"identifier":"' + _SUBSCRIPTION + b'","type":"confirm_subscription"}',
        "actioncable confirm_subscription ChatChannel",
    ),
    (
        "actioncable", SERVER, b'{"identifier":"' + _SUBSCRIPTION + b'","message":{"body":"hi"}}',
        'actioncable message "ChatChannel"',
    ),
    (
        "actioncable", SERVER, b'{"type":"disconnect","reason":"unauthorized","reconnect":false}',
        "actioncable disconnect reason=unauthorized",
    ),
    ("actioncable", SERVER, b'{"identifier":3}', ""),
    # OCPP-J.
    (
        "ocpp", CLIENT,
        b'[2,"19223201","BootNotification",{"chargePointVendor":"VendorX","chargePointModel":"SingleSocketCharger"}]',
        "ocpp call BootNotification id=19223201",
    ),
    ("ocpp", SERVER, b'[3,"19223201",{"status":"Accepted","interval":300}]', "ocpp result id=19223201"),
    ("ocpp", SERVER, b'[4,"19223202","NotImplemented","",{}]', "ocpp error NotImplemented id=19223202"),
    ("ocpp", SERVER, b'[5,"x"]', ""),
    # RFC 7395.
    (
        "xmpp", CLIENT, b'<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="example.com" version="1.0" />',
        "xmpp open to=example.com",
    ),
    (
        "xmpp", SERVER, b"<?xml version='1.0'?><open xmlns='urn:ietf:params:xml:ns:xmpp-framing' id='i' from='e.com'/>",
        "xmpp open id=i from=e.com",
    ),
    ("xmpp", CLIENT, b'<iq type="get" id="1"><query/></iq>', "xmpp iq type=get id=1"),
    ("xmpp", CLIENT, b"hello", ""),
    # SockJS protocol 0.3.3.
    ("sockjs", SERVER, b"o", "sockjs open"),
    ("sockjs", SERVER, b"h", "sockjs heartbeat"),
    ("sockjs", SERVER, b'a["hello","you"]', "sockjs messages 2"),
    ("sockjs", SERVER, b'c[3000,"Go away!"]', 'sockjs close 3000 "Go away!"'),
    ("sockjs", CLIENT, b'["hello"]', "sockjs messages 1"),
    ("sockjs", SERVER, b"x", ""),
    # Home Assistant.
    ("home-assistant", SERVER, b'{"type":"auth_required","ha_version":"2021.5.3"}', "home-assistant auth_required"),
    (
        "home-assistant", CLIENT, b'{"id":24,"type":"call_service","domain":"light","service":"turn_on"}',
        "home-assistant call_service id=24 light.turn_on",
    ),
    ("home-assistant", CLIENT, b"[]", ""),
    # Pusher Channels.
    (
        "pusher", SERVER, b'{"event":"pusher:connection_established","data":"{\\"socket_id\\":\\"1.2\\"}"}',
        "pusher connection_established",
    ),
    ("pusher", CLIENT, b'{"event":"pusher:subscribe","data":{"channel":"chat"}}', "pusher subscribe channel=chat"),
    ("pusher", SERVER, b'{"event":"new","channel":"chat","data":"{}"}', 'pusher event "new" channel=chat'),
    ("pusher", SERVER, b"{}", ""),
    # Centrifugo.
    ("centrifugo", CLIENT, b'{"id":1,"connect":{}}', "centrifugo connect id=1"),
    ("centrifugo", CLIENT, b'{"id":2,"subscribe":{"channel":"news"}}', "centrifugo subscribe id=2 channel=news"),
    ("centrifugo", SERVER, b'{"push":{"channel":"news","pub":{"data":1}}}', "centrifugo push channel=news"),
    (
        "centrifugo", SERVER, b'{"id":1,"error":{"code":109,"message":"token expired"}}\n{}',
        'centrifugo error id=1 109 "token expired"',
    ),
    ("centrifugo", SERVER, b"{}", "centrifugo ping or pong"),
    ("centrifugo", SERVER, b"[]", ""),
    ("centrifugo", SERVER, b'{"id":9}', ""),
    ("signalr-2", SERVER, b'{"C":"d-1","S":1,"M":[]}', ""),
)  # fmt: skip

TELLING: tuple[tuple[str, str, bytes], ...] = (
    ("engine.io", SERVER, SAMPLES[0][2]),
    ("signalr", CLIENT, b'{"protocol":"json","version":1}\x1e'),
    ("signalr", SERVER, b"{}\x1e"),
    ("stomp", CLIENT, b"CONNECT\naccept-version:1.2\nhost:stomp.github.org\n\n\0"),
    ("stomp", CLIENT, b"STOMP\r\naccept-version:1.2\r\n\r\n\0"),
    ("stomp", CLIENT, b"CONNECT\n\n\0"),
    ("stomp", SERVER, b"CONNECTED\nversion:1.1\n\n\0"),
    ("mqtt", CLIENT, bytes.fromhex("100c00044d5154540402003c0000")),
    ("mqtt", CLIENT, bytes.fromhex("100e00064d514973647003 02 003c 0000")),
    ("mqtt", SERVER, bytes.fromhex("20020000")),
    ("mqtt", SERVER, bytes.fromhex("2003000000")),
    ("graphql-transport-ws", CLIENT, b'{"id":"1","type":"subscribe","payload":{"query":"subscription{price}"}}'),
    ("graphql-ws", CLIENT, b'{"id":"1","type":"start","payload":{"query":"subscription{price}"}}'),
    ("graphql-ws", SERVER, b'{"type":"ka"}'),
    ("wamp", CLIENT, b'[1,"somerealm",{"roles":{"publisher":{},"subscriber":{}}}]'),
    ("wamp", SERVER, b'[2,9129137332,{"roles":{"broker":{}}}]'),
    ("jsonrpc", CLIENT, b'{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 3}'),
    ("jsonrpc", SERVER, b'[{"jsonrpc": "2.0", "result": 7, "id": "1"}]'),
    ("devtools", CLIENT, b'{"id":1,"method":"Page.enable"}'),
    ("phoenix", CLIENT, b'["0","0","miami:weather","phx_join",{}]'),
    ("phoenix", CLIENT, b'[null,"2","phoenix","heartbeat",{}]'),
    ("phoenix", SERVER, b'{"topic":"a:b","event":"phx_reply","payload":{"status":"ok"},"ref":"1"}'),
    ("actioncable", SERVER, b'{"type":"welcome"}'),
    ("actioncable", CLIENT, b'{"command":"subscribe","identifier":"' + _SUBSCRIPTION + b'"}'),
    ("ocpp", CLIENT, b'[2,"19223201","BootNotification",{"chargePointVendor":"X","chargePointModel":"Y"}]'),
    ("xmpp", CLIENT, b'<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="example.com" version="1.0" />'),
    ("home-assistant", SERVER, b'{"type":"auth_required","ha_version":"2021.5.3"}'),
    ("pusher", SERVER, b'{"event":"pusher:connection_established","data":"{}"}'),
    ("centrifugo", CLIENT, b'{"id":1,"connect":{}}'),
)  # fmt: skip
"""First messages that name their protocol by themselves: its name, who sends it, the message."""

UNTELLING: tuple[bytes, ...] = (
    b"hello",
    b"",
    b"o",
    b"2",
    b"0",
    b'0{"id":1}',
    b'{"type":"connection_init"}',  # both GraphQL protocols begin so
    b'{"type":"connection_ack"}',
    b'{"type":"ping"}',
    b'{"type":"subscribe","channel":"trades"}',
    b'{"type":"welcome","user":"bob"}',
    b'{"type":"welcome","id":"x","pingInterval":18000}',
    b'{"id":1,"method":"server.ping"}',
    b'{"method":"Page.enable"}',
    b'{"id":"1","method":"SUBSCRIBE"}',
    b'{"event":"subscribe","data":{}}',
    b'{"protocol":"json","version":1}',
    b'{"connect":true,"id":1}',
    b'{"jsonrpc":"1.0"}',
    b"CONNECT",
    b"CONNECTING to the server",
    b"CONNECT me\n",
    b"\x10\x20\x30\x40",
    b"\x20\x02\x03\x04",
    b"\x20\x02",
    b"[1,2,3]",
    b'[1,"two",3]',
    b'[1,"realm",{}]',
    b'[2,"id","price",{}]',
    b"[2,1,{}]",
    b'["a","b","c","d",{}]',
    b"<open>",
    b"<html>",
    b"[" * 4000,
    b"{" + b" " * 9000,
)
"""Messages that name no protocol."""

TARGETS: tuple[tuple[str, str], ...] = (
    ("/socket.io/?EIO=4&transport=websocket", "socket.io"),
    ("/api/socket.io/?transport=websocket&EIO=4", "socket.io"),
    ("/socket.io/?EIO=3&transport=websocket", "engine.io-v3"),
    ("/engine.io/?EIO=4&transport=websocket", "engine.io"),
    ("/signalr/connect?transport=webSockets&clientProtocol=1.5&connectionToken=abc", "signalr-2"),
    ("/devtools/page/0123ABCD", "devtools"),
    ("/devtools/browser/01-23", "devtools"),
    ("/socket/websocket?vsn=2.0.0", "phoenix"),
    ("/live/websocket?_csrf_token=x&vsn=2.0.0", "phoenix"),
    ("/cable", "actioncable"),
    ("/echo/000/abcdefgh/websocket", "sockjs"),
    ("/app/278d425bdf160c739803?protocol=7&client=js", "pusher"),
    ("/connection/websocket", "centrifugo"),
)
"""Request targets that name a protocol."""

UNTELLING_TARGETS = (
    "/",
    "/socket.io/",
    "/socket.io/?EIO=4&transport=polling",
    "/chat?EIO=4",
    "/websocket",
    "/socket/websocket",
    "/api/websocket",
    "/app/websocket",
    "/a/b/websocket",
    "/graphql",
    "/mqtt",
    "/vegetable",
    "/devtools",
    "/?protocol=7",
    "*",
    "",
)
