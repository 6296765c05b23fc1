"""Faults on purpose: crashes, lost replies, killed daemons, people at the keyboard; and what scs makes of them."""
