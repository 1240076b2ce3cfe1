"""Processes of the bridge's own, and how they are spoken to.

worker      the process that holds the model
reader      the process that reads files which others made; reading asks it, and can stop it
homes       where such processes live: the only place where threads meet asyncio
protocol    what is said to them
frames      how it lies in the pipes
models      which model a worker holds, and a worker that is there when asked
workers     all of them: whom to ask
memory      what a process gives back while it rests
"""
