"""What is kept: runs, steps, images and events in one SQLite file, its small rows in a second.

store        what the rest asks of it
database     what can be wrong, and SQLite's errors told plainly
schema       the tables; migrations brings those of older versions up to it
quota        what goes when room is needed
checks       checksums of rows; sane is for rows that have none
twin         the second file
opening      a store opened: whole, or mended, or built anew
mending      both files made the same again; remade makes runs of what else is known of them
recovery     the file built anew of what is whole in it
pages, wal   its rows and its log, read without SQLite
checkup      all of that looked at, with no bridge on it
"""
