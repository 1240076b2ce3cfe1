"""The bridge: a local server that owns runs, and the command line. Only worker imports torch.

serving, server, studio, config   a bridge and its addresses
door, guard, refusals, private    who may come in, how it is refused, what others may not read
pairing, pairing_handlers         panels let in by six words and the painter's yes
routes, handlers, openapi, facts  what is asked over HTTP, and what is answered
talk, listener, log               what is said over the WebSocket, and what is written down
session, painter, live, pictures  what clients ask for, and what becomes of it
store, database, schema, quota    what is kept, and how long; watching sees that it still is
opening, migrations, checks, twin a store opened: its version, its checksums, its second copy
mending, remade, sane, checkup    what of a store is damaged, and made whole again or set aside
recovery, pages, wal              a store's file built anew, read without SQLite
reading, reader                   files of others, read by a process that can be stopped
worker, stream, models, frames    the process that holds the model, and how it is spoken to
memory                            what both processes give back while they rest
client, access, own, wire         the bridge as functions, where to find it, what is said to it
worded                            what of others' JSON is wrong, in words
stuck                             a bridge that runs and does not answer
images, profiles, icc, document   pixels by their content's name, their colours; layers as data
decoding, raster                  picture files of any kind to images, and for each kind
decode_png, png_colour, decode_jpeg, decode_tiff, decode_webp
palette, texts, plain             brushes of regions; others' JSON, and their text on a line
psd*, xmp, spool                  documents as PSD files and back; notes in them; files on the way
history, painting, names, sheet   what Pentimento leaves in a document, finds there, shows of it
claims, seen, whole, likeness     whose a layer is, what is seen of it, and paint told from the rest
commands, demo                    the command line, and the main job unattended
"""
