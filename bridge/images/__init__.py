"""Pixels: named by their content, in their colours, out of picture files of any kind.

image        pixels that are named by their content
profiles     colour profiles, as files carry them and as pictures name them
icc          what an ICC file says of numbers
decoding     picture files to pixels: one way in for all
raster       what a file holds, before its colours and its orientation are seen to
decode_png, decode_jpeg, decode_tiff, decode_webp   the kinds of files
png_colour   what a PNG says of its colours, as a profile
"""
