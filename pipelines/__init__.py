"""Stepwise latent diffusion. Knows nothing of Photoshop, HTTP or asyncio.

recipe     what to make: plain data, no torch
pixels     canvas arithmetic on numpy arrays: sizes, masks, composites; no torch
record     StepRecord, what it needs to be followed, and its bytes
folder     a diffusers folder, checked part by part
lowrank    a small change of a UNet, in a file of its own
model      its contents seen as a denoiser
schedule   the (sigma, timestep) pairs of a recipe
samplers   update rules: from one record to the latents of the next noise level
guidance   a recipe becomes one function (latents, sigma) -> denoised
run        start, follow, rewind
preview    pictures of a record: linear, tiny autoencoder, full decode
embedded   the model that comes with the program: renderer, training, weights
"""
