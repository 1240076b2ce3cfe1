"""Stepwise latent diffusion. Knows nothing of Photoshop, HTTP or asyncio.

recipe     what to make: plain data, no torch
fields     what is said of its fields, once: ranges, roles, options
said       values as plain data, for older versions as well
pixels     canvas arithmetic on numpy arrays: sizes, masks, composites; no torch
colour     what the numbers of a colour profile mean; no torch
resolving  which part of a picture a rewind is about; no torch
record     StepRecord, what it needs to be followed, and its bytes
folder     a diffusers folder, checked part by part
weighing   what its configuration asks for against what its weights hold
lowrank    a small change of a UNet, in a file of its own
model      its contents seen as a denoiser
schedule   the (sigma, timestep) pairs of a recipe
asking     what denoisers ask, and who answers: one line, or several in one call
samplers   update rules: from one record to the latents of the next noise level
sources    what a recipe names, as the model paints it: sizes, masks as cells, clean latents
terms      a guided prediction as a weighted sum, of the whole picture or of parts of it
masks      soft masks of regions, from pixels to shares of latent cells
windows    parts of the picture: around a region, or side by side
backdrop   what an isolated region is seen before in its first steps
keys       what a prompt is in one cross-attention, kept while nothing that decides it changes
attention  effects in the UNet's cross-attention, regions the first of them
prompts    prompts mixed by strength and by area
regions    a recipe with regions becomes one denoiser
guidance   a recipe becomes one denoiser
run        start, follow, paint, rewind
live       a stream of frames of a recipe that may change between them
room       how many lines fit into memory at a time
preview    pictures of a record: linear, tiny autoencoder, full decode
embedded   the model that comes with the program: renderer, training, weights
"""
