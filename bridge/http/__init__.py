"""What is said over HTTP and the WebSocket, and to whom.

serving            a whole bridge, from its store to its port
server             its application
routes             every address as data; openapi makes a document of it
handlers           what is done at each of them; pairing_handlers at those that let panels in
websocket          one client's conversation: commands in, events out
facts              what a running bridge says of itself
studio             the browser studio's files
door               connections, from the first byte on
guard, refusals    who may speak, and what everybody hears when something is wrong
client             all of it as functions, for Python programs
own                what is one's own among everything that is announced
"""
