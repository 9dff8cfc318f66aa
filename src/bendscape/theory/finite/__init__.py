"""Samples of finite size: what the labels of one sample, and the noise of its inputs, make of the limit."""
