"""The bridge: a local server that owns runs, and the command line. Only worker/worker has torch.

images     pixels by their content's name, their colours, and picture files of any kind
psd        documents as data, as PSD files and back
history    what Pentimento leaves in a document, finds there, shows of it
store      what is kept, and how long; what of it is damaged, and made whole again
access     where a bridge is found, and who may come in
worker     the processes that hold the model or read others' files, and how they are spoken to
runs       what clients ask for, and what becomes of it
http       what is said over HTTP and the WebSocket, to whom; the bridge as functions
commands   the command line
demo       the main job unattended

Rooms that are named later import from earlier ones; tests/test_imports.py says which. For all:

config     what a bridge is told at its start
wire       messages between panel and bridge
made       what a run was made with, and what differs today
versions   what newer versions wrote: read, and kept where it is written back
log, plain what is written down; text of others as one line
"""
