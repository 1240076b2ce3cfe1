"""Documents: as data, as PSD files, and back.

document    a layered document as plain data
files       a document and its images to the bytes of a PSD, and back
picture     what a PSD looks like, where its flattened picture is real and where it is not
append      groups more on top of a file whose old bytes stay; cutting takes it into its parts
records     the flat list of layers that files keep; layers makes a tree of any program's
channels    pixels to a layer's channels and back; images unpacks them when they are asked for
kept        what nobody here understands of a file, put back when it is saved
looks       what of a layer's looks that says
metadata    what Pentimento writes about layers; xmp has it in packets, beside others' notes
bounds      how much a file may hold, before anything is made of it
flatten     the merged image; render has psd-tools draw what we do not write ourselves
strips      some rows of a document at a time
writing     what is long in a file, from front to back; spool keeps pictures on disk for it
"""
