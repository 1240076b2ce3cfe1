"""From renders to weights.

dataset           renders on disk
tokens            the tokenizer
vae, text, unet   what is trained, and how; few is the UNet's few-step sibling
samples           what the UNet is shown: whole pictures, pictures told in regions, pieces
batched_regions   regions in cross-attention for a whole batch, with gradients
realignment       a UNet turned to a text encoder that was trained further
session           what training begins from, and how much was done before it
loop              one training loop for all
export            checkpoints as a diffusers folder, and pictures from it
"""
